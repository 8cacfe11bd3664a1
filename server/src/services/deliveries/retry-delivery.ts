import type { DeliveryDetail, RetryInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import { canDeliver, type Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { CallRun, IdempotentCalls } from '../idempotency/idempotent-calls.ts';

export interface RetryDeliveryDeps {
  readonly deliveries: DeliveryStore;
  readonly webhooks: Pick<WebhookStore, 'get'>;
  readonly events: Pick<EventStore, 'get'>;
  readonly audit: AuditService;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly clock: Clock;
  /** Finds a delivery that the actor may change. */
  readonly find: (actor: Actor, id: string) => Promise<Delivery>;
  readonly getDetail: (delivery: Delivery) => Promise<DeliveryDetail>;
  /** Called when a delivery of the webhook is due. */
  readonly notifyDue: (webhookId: string) => void;
  /** Retention time in ms. */
  readonly keepMs: number;
}

/**
 * Sends a delivery again immediately, whatever its status, if its webhook takes its type. Its earlier
 * attempts stay on record.
 */
export function createRetryDelivery(deps: RetryDeliveryDeps) {
  const { deliveries, webhooks, events, audit, calls, clock, notifyDue, keepMs } = deps;

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

  async function retryNow(delivery: Delivery, { isContinued }: CallRun): Promise<void> {
    requireTaken(delivery, await webhooks.get(delivery.webhookId));
    await requireEvent(delivery);
    // If the call is continued, its earlier run may be the reason that the delivery is being sent.
    if (!(await deliveries.retryNow(delivery, clock.now())) && !isContinued) {
      throw apiError('NOT_RETRYABLE', `delivery ${delivery.id} is being sent right now`);
    }
    notifyDue(delivery.webhookId);
  }

  return async function retryDelivery(
    actor: Actor,
    { id, idempotencyKey }: RetryInput,
  ): Promise<DeliveryDetail> {
    const delivery = await deps.find(actor, id);
    const { accountId, appId } = delivery;
    return await calls.run({
      actor,
      operation: 'deliveries.retry',
      key: idempotencyKey,
      input: { id },
      accountId,
      appId,
      reserve: () => ({}),
      getTargetId: () => id,
      work: async (_reserved, run) => {
        await retryNow(delivery, run);
        const { entryId } = run;
        await audit.record(actor, { action: 'delivery.retried', accountId, appId, targetId: id, entryId });
        return await deps.getDetail((await deliveries.get(id)) ?? delivery);
      },
    });
  };
}

/** A webhook has to exist, to be enabled and to take the type of a delivery that is sent again. */
function requireTaken({ id, type, webhookId }: Delivery, webhook: Webhook | undefined): void {
  if (webhook === undefined) {
    throw apiError('NOT_RETRYABLE', `the webhook ${webhookId} of delivery ${id} was deleted`);
  }
  if (!webhook.enabled) {
    throw apiError(
      'NOT_RETRYABLE',
      `webhook ${webhookId} is disabled (${webhook.disabledReason ?? 'by_user'}), so delivery ${id} cannot be sent; ` +
        'enable the webhook first',
    );
  }
  if (!canDeliver(webhook, type)) {
    throw apiError(
      'NOT_RETRYABLE',
      `webhook ${webhookId} is not subscribed to ${type}; add it to its events to send delivery ${id} again`,
    );
  }
}
