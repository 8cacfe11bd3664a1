import type { DeliveryDetail, RetryInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { CallRun, IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import { findRetryFault, toBeingSent, toEventFault } from './retry-fault.ts';

export interface RetryDeliveryDeps {
  readonly deliveries: DeliveryStore;
  readonly webhooks: Pick<WebhookStore, 'get'>;
  readonly events: Pick<EventStore, 'get'>;
  readonly audit: AuditService;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly clock: Clock;
  /** Finds a delivery that the actor may change. */
  readonly find: (actor: Actor, id: string) => Promise<Delivery>;
  readonly getDetail: (actor: Actor, delivery: Delivery) => Promise<DeliveryDetail>;
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

  async function retryNow(delivery: Delivery, { isContinued }: CallRun): Promise<void> {
    const webhook = await webhooks.get(delivery.webhookId);
    const fault =
      findRetryFault(delivery, webhook, toRetentionLimit(clock.now(), keepMs)) ??
      ((await events.get(delivery.eventId)) === undefined ? toEventFault(delivery) : undefined);
    if (fault !== undefined) throw apiError('NOT_RETRYABLE', fault.message);
    // If the call is continued, its earlier run may be the reason that the delivery is being sent.
    if (!(await deliveries.retryNow(delivery, clock.now())) && !isContinued) {
      throw apiError('NOT_RETRYABLE', toBeingSent(delivery).message);
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
        return await deps.getDetail(actor, (await deliveries.get(id)) ?? delivery);
      },
    });
  };
}
