import type { DeliveryDetail, DeliveryFilter, DeliveryView, Page } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { canDeliver, type Webhook } from '../../domain/webhook.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';

export interface DeliveryServiceDeps {
  readonly deliveries: DeliveryStore;
  readonly webhooks: WebhookStore;
  readonly events: Pick<EventStore, 'get'>;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly clock: Clock;
  /** Called when a delivery of the webhook is due. */
  readonly notifyDue: (webhookId: string) => void;
  /** Retention time in ms. */
  readonly keepMs: number;
}

export function createDeliveryService({
  deliveries,
  webhooks,
  events,
  access,
  audit,
  clock,
  notifyDue,
  keepMs,
}: DeliveryServiceDeps) {
  async function find(
    actor: Actor,
    id: string,
    scope: 'deliveries:read' | 'deliveries:write',
  ): Promise<Delivery> {
    access.requireScope(actor, scope);
    const delivery = await deliveries.get(id);
    if (delivery === undefined || !(await access.canSee(actor, delivery))) {
      throw apiError('NOT_FOUND', `no delivery ${id}`);
    }
    return delivery;
  }

  async function getDetail(delivery: Delivery): Promise<DeliveryDetail> {
    return toDeliveryDetail(delivery, await findDisabled(webhooks, [delivery]));
  }

  /** A delivery without its event cannot be sent. While it is pending, retention keeps its event. */
  async function requireEvent({ id, eventId, status, createdAt }: Delivery): Promise<void> {
    const isExpired = status !== 'pending' && createdAt < toRetentionLimit(clock.now(), keepMs);
    if (isExpired || (await events.get(eventId)) === undefined) {
      throw apiError(
        'NOT_RETRYABLE',
        `the event ${eventId} of delivery ${id} is removed, or is about to be removed, by retention`,
      );
    }
  }

  return {
    async get(actor: Actor, id: string): Promise<DeliveryDetail> {
      return await getDetail(await find(actor, id, 'deliveries:read'));
    },

    /** Lists deliveries, newest first, of the apps that the caller may see. */
    async list(actor: Actor, filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryView>> {
      const visibility = await access.narrow(actor, filter.appId, 'deliveries:read');
      const found = await deliveries.list({ ...filter, ...visibility }, page);
      const disabled = await findDisabled(webhooks, found.items);
      return mapPage(found, (delivery) => toDeliveryView(delivery, disabled));
    },

    /**
     * Sends a delivery again immediately, whatever its status, if its webhook takes its type. Its earlier attempts
     * stay on record.
     */
    async retry(actor: Actor, id: string): Promise<DeliveryDetail> {
      const delivery = await find(actor, id, 'deliveries:write');
      requireTaken(delivery, await webhooks.get(delivery.webhookId));
      await requireEvent(delivery);
      if (!(await deliveries.retryNow(delivery, clock.now()))) {
        throw apiError('NOT_RETRYABLE', `delivery ${id} is being sent right now`);
      }
      notifyDue(delivery.webhookId);
      await audit.record(actor, {
        action: 'delivery.retried',
        accountId: delivery.accountId,
        appId: delivery.appId,
        targetId: id,
      });
      return await getDetail((await deliveries.get(id)) ?? delivery);
    },
  };
}

export type DeliveryService = ReturnType<typeof createDeliveryService>;

/** Returns the ids of the disabled webhooks of pending deliveries. */
async function findDisabled(
  webhooks: Pick<WebhookStore, 'getMany'>,
  found: readonly Delivery[],
): Promise<ReadonlySet<string>> {
  const ids = new Set(found.flatMap(({ status, webhookId }) => (status === 'pending' ? webhookId : [])));
  if (ids.size === 0) return ids;
  const some = await webhooks.getMany([...ids]);
  return new Set(some.flatMap((webhook) => (webhook.enabled ? [] : webhook.id)));
}

/** A webhook has to exist and to take the type of a delivery that is sent again. */
function requireTaken({ id, type, webhookId }: Delivery, webhook: Webhook | undefined): void {
  if (webhook === undefined) {
    throw apiError('NOT_RETRYABLE', `the webhook ${webhookId} of delivery ${id} was deleted`);
  }
  if (!canDeliver(webhook, type)) {
    throw apiError(
      'NOT_RETRYABLE',
      `webhook ${webhookId} is not subscribed to ${type}; add it to its events to send delivery ${id} again`,
    );
  }
}

function toDeliveryView(delivery: Delivery, disabled: ReadonlySet<string>): DeliveryView {
  const { reason, nextAttemptAt } = toPendingFields(delivery, disabled);
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    webhookId: delivery.webhookId,
    appId: delivery.appId,
    event: delivery.type,
    status: delivery.status,
    reason,
    attemptCount: delivery.attemptCount,
    createdAt: toIso(delivery.createdAt),
    nextAttemptAt,
    finishedAt: toIsoOrNull(delivery.finishedAt),
  };
}

/** Whether a webhook is disabled is not stored with its deliveries, so that disabling it changes none of them. */
function toPendingFields(
  { status, reason, dueAt, webhookId, attemptCount }: Delivery,
  disabled: ReadonlySet<string>,
): Pick<DeliveryView, 'reason' | 'nextAttemptAt'> {
  const nextAttemptAt = toIsoOrNull(dueAt);
  if (status !== 'pending') return { reason, nextAttemptAt };
  if (disabled.has(webhookId)) return { reason: 'webhook_disabled', nextAttemptAt: null };
  const waiting = attemptCount === 0 ? 'awaiting_first_attempt' : 'awaiting_retry';
  return { reason: reason === 'webhook_disabled' ? waiting : reason, nextAttemptAt };
}

function toDeliveryDetail(delivery: Delivery, disabled: ReadonlySet<string>): DeliveryDetail {
  return {
    ...toDeliveryView(delivery, disabled),
    attempts: delivery.attempts.map((attempt) => ({
      at: toIso(attempt.at),
      durationMs: attempt.durationMs,
      statusCode: attempt.statusCode,
      reason: attempt.reason,
      reply: attempt.reply,
    })),
  };
}
