import { describeDisabled, type DeliveryDetail, type ResendInput } from '@tocsin/shared';
import { getActorName, type Actor } from '../../domain/access.ts';
import type { Delivery, SentByHand } from '../../domain/delivery.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type { AcceptedEvent, Rendering } from '../../domain/event.ts';
import { isTestPing } from '../../domain/event-type.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toLateRendering } from '../event-types/render-versions.ts';
import type { CallRun, IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import { toBeingSent } from './retry-fault.ts';

export interface ResendEventDeps {
  readonly deliveries: Pick<DeliveryStore, 'get' | 'list' | 'retryNow' | 'addTarget'>;
  readonly webhooks: Pick<WebhookStore, 'get'>;
  readonly events: Pick<EventStore, 'get'>;
  readonly eventTypes: Pick<EventTypes, 'find'>;
  readonly access: Pick<AccessControl, 'requireScope' | 'canSee'>;
  readonly audit: Pick<AuditService, 'record'>;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly clock: Clock;
  readonly getDetail: (actor: Actor, delivery: Delivery) => Promise<DeliveryDetail>;
  /** Called when a delivery of the webhook is due. */
  readonly notifyDue: (webhookId: string) => void;
  /** Retention time in ms. */
  readonly keepMs: number;
}

/** An event and the webhook that it is sent to. Both are of one app. */
interface Parcel {
  readonly event: AcceptedEvent;
  readonly webhook: Webhook;
}

/**
 * Sends a stored event to a webhook of its app, also one that is not subscribed to its type. It becomes a delivery
 * like any other: with retries, within the limits of the endpoint and the fair share of the account.
 */
export function createResendEvent(deps: ResendEventDeps) {
  const { deliveries, audit, calls } = deps;
  return async function resendEvent(
    actor: Actor,
    { eventId, webhookId, idempotencyKey }: ResendInput,
  ): Promise<DeliveryDetail> {
    const parcel = await findParcel(deps, actor, { eventId, webhookId });
    const { accountId, appId, type } = parcel.event;
    return await calls.run({
      actor,
      operation: 'deliveries.resend',
      key: idempotencyKey,
      input: { eventId, webhookId },
      accountId,
      appId,
      reserve: () => ({}),
      getTargetId: (_reserved, output?: DeliveryDetail) => output?.id ?? null,
      work: async (_reserved, run) => {
        const id = await send(deps, actor, parcel, run);
        await audit.record(actor, {
          action: 'delivery.resent',
          accountId,
          appId,
          targetId: id,
          targetName: parcel.webhook.description,
          entryId: run.entryId,
          details: { eventId, webhookId, event: type },
        });
        const delivery = await deliveries.get(id);
        if (delivery === undefined) throw apiError('NOT_FOUND', `no delivery ${id}`);
        return await deps.getDetail(actor, delivery);
      },
    });
  };
}

async function findParcel(
  { events, webhooks, access }: ResendEventDeps,
  actor: Actor,
  { eventId, webhookId }: Pick<ResendInput, 'eventId' | 'webhookId'>,
): Promise<Parcel> {
  access.requireScope(actor, 'deliveries:write');
  const [event, webhook] = await Promise.all([events.get(eventId), webhooks.get(webhookId)]);
  if (event === undefined || !(await access.canSee(actor, event))) {
    throw apiError('NOT_FOUND', `no event ${eventId}`);
  }
  if (webhook === undefined || !(await access.canSee(actor, webhook))) {
    throw apiError('NOT_FOUND', `no webhook ${webhookId}`);
  }
  if (webhook.appId === event.appId) return { event, webhook };
  throw fieldError(
    'webhookId',
    `${webhookId} is a webhook of the app ${webhook.appId}; choose one of ${event.appId}, the app of the event`,
  );
}

/** Returns the id of the delivery. One that was sent by hand and waits for its first attempt is sent once. */
async function send(
  deps: ResendEventDeps,
  actor: Actor,
  parcel: Parcel,
  { at, isContinued }: CallRun,
): Promise<string> {
  const { deliveries, clock, notifyDue } = deps;
  const { event, webhook } = parcel;
  const sentByHand: SentByHand = { at, by: getActorName(actor) };
  let known = await findDelivery(deliveries, parcel);
  requireSendable(parcel, known, toRetentionLimit(clock.now(), deps.keepMs));
  if (known === undefined) {
    const rendering = await toRendering(deps, parcel);
    const id = await deliveries.addTarget(event, { webhookId: webhook.id, sentByHand, rendering });
    if (id !== undefined) {
      notifyDue(webhook.id);
      return id;
    }
    // Another call has added it meanwhile, or retention has removed the event.
    known = await findDelivery(deliveries, parcel);
    if (known === undefined) throw apiError('NOT_RETRYABLE', toRemoved(event));
  }
  if (isSent(known, isContinued ? at : undefined)) return known.id;
  if (!(await deliveries.retryNow(known, clock.now(), sentByHand))) {
    throw apiError('NOT_RETRYABLE', toBeingSent(known).message);
  }
  notifyDue(webhook.id);
  return known.id;
}

async function findDelivery(
  deliveries: Pick<DeliveryStore, 'list'>,
  { event, webhook }: Parcel,
): Promise<Delivery | undefined> {
  const filter = { eventId: event.id, webhookId: webhook.id };
  return (await deliveries.list(filter, { cursor: undefined, limit: 1 })).items[0];
}

/** @param since - when the call was first made that may have sent it. Undefined: no earlier run of this call. */
function isSent({ sentByHand, status, attemptCount }: Delivery, since: number | undefined): boolean {
  if (sentByHand === undefined) return false;
  return (status === 'pending' && attemptCount === 0) || (since !== undefined && sentByHand.at >= since);
}

function requireSendable({ event, webhook }: Parcel, known: Delivery | undefined, limit: number): void {
  const { id, enabled, disabledReason } = webhook;
  if (isTestPing(event.type)) {
    throw apiError('NOT_RETRYABLE', `${event.id} is a test ping; webhooks.test sends one to webhook ${id}`);
  }
  if (!enabled) {
    throw apiError(
      'NOT_RETRYABLE',
      `webhook ${id} was ${describeDisabled(disabledReason)}, so event ${event.id} cannot be sent to it; ` +
        'enable the webhook first',
    );
  }
  const isRemoved = known === undefined && event.targets.includes(id);
  // While a delivery is pending, retention keeps its event.
  if (isRemoved || (known?.status !== 'pending' && event.acceptedAt < limit)) {
    throw apiError('NOT_RETRYABLE', toRemoved(event));
  }
}

function toRemoved({ id }: AcceptedEvent): string {
  return `the event ${id} is removed, or is about to be removed, by retention`;
}

/** What a webhook gets that is pinned to an older version of the type. */
async function toRendering(
  { eventTypes }: Pick<ResendEventDeps, 'eventTypes'>,
  { event, webhook }: Parcel,
): Promise<Rendering | undefined> {
  if (webhook.eventVersions[event.type] === undefined) return undefined;
  const eventType = await eventTypes.find(event.accountId, event.type);
  return eventType === undefined ? undefined : toLateRendering(eventType, event, webhook);
}
