import type { DeliveryReason } from '@tocsin/shared';
import type { StoredDelivery } from '../stored-objects.ts';

/* Changes of stored deliveries. Each raises the revision. */

/** The change of a delivery that waits again. */
export function toRequeued(delivery: StoredDelivery, dueAt: number): StoredDelivery {
  return {
    ...delivery,
    status: 'pending',
    reason: 'awaiting_retry',
    dueAt,
    finishedAt: null,
    revision: delivery.revision + 1,
  };
}

/**
 * The change of a pending delivery that ends without another attempt. One that was delivered before a retry or a
 * replay put it back into the queue is delivered again.
 */
export function toEnded(
  delivery: StoredDelivery,
  status: 'cancelled' | 'failed',
  reason: DeliveryReason,
  at: number,
): StoredDelivery {
  return toRestored(delivery) ?? toFinal(delivery, status, reason, at);
}

/** The change of a pending delivery that one of its attempts has delivered. Undefined: none has. */
export function toRestored(delivery: StoredDelivery): StoredDelivery | undefined {
  const success = delivery.attempts.findLast((attempt) => attempt.reason === null);
  return success && toFinal(delivery, 'delivered', null, success.at + success.durationMs);
}

export function toFinal(
  delivery: StoredDelivery,
  status: 'delivered' | 'failed' | 'cancelled',
  reason: DeliveryReason | null,
  at: number,
): StoredDelivery {
  return { ...delivery, status, reason, dueAt: null, finishedAt: at, revision: delivery.revision + 1 };
}
