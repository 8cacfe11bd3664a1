import type { DeliveryStatus } from '@tocsin/shared';
import { maxAttemptsKept, type Attempt } from '../../../../src/domain/delivery.ts';
import type { DeliveryResult } from '../../../../src/domain/ports/delivery-queue.ts';
import { toEnded, toFinal } from '../deliveries/delivery-changes.ts';
import type { DeliveryMap } from '../delivery-map.ts';
import type { StoredDelivery } from '../stored-objects.ts';

/**
 * Writes a result. Returns whether another writer had changed the delivery: then only what is true of a late result is
 * added. The attempt was made, and a success ends a delivery that is pending or cancelled.
 */
export function writeResult(deliveries: DeliveryMap, result: DeliveryResult): 'written' | 'late' {
  const { deliveryId: id, revision } = result.delivery;
  const stored = deliveries.get(id);
  if (revision === 0 && stored === undefined) {
    deliveries.set(id, toFirst(result));
    return 'written';
  }
  // Without a row there is nothing to add to: the entry is still open, or the app was deleted.
  if (stored === undefined) return 'late';
  if (revision > 0 && stored.revision === revision && stored.status === 'pending') {
    deliveries.set(id, toLater(stored, result));
    return 'written';
  }
  if (isWritten(stored, result)) return 'written';
  if (result.attempt !== undefined) deliveries.set(id, toMerged(stored, result, result.attempt));
  return 'late';
}

function toFirst({ delivery, attempt, status, reason, dueAt, at }: DeliveryResult): StoredDelivery {
  const { event } = delivery;
  const isPending = status === 'pending' && dueAt !== null;
  return {
    id: delivery.deliveryId,
    eventId: event.id,
    webhookId: delivery.webhookId,
    appId: event.appId,
    accountId: event.accountId,
    type: event.type,
    status,
    reason,
    attempts: attempt === undefined ? [] : [{ ...attempt }],
    attemptCount: attempt === undefined ? 0 : 1,
    dueAt: isPending ? dueAt : null,
    createdAt: event.acceptedAt,
    finishedAt: isPending ? null : at,
    revision: 1,
  };
}

function toLater(stored: StoredDelivery, result: DeliveryResult): StoredDelivery {
  const { attempt, status, reason, dueAt, at } = result;
  if (attempt === undefined && status === 'cancelled' && reason !== null) {
    return toEnded(stored, status, reason, at);
  }
  const isPending = status === 'pending' && dueAt !== null;
  return {
    ...stored,
    ...(attempt === undefined ? {} : toAttempts(stored, attempt)),
    status,
    reason,
    dueAt: isPending ? dueAt : null,
    finishedAt: isPending ? null : at,
    revision: stored.revision + 1,
  };
}

/** A failure leaves the status and the due time as the other writer set them. `delivered` stays. */
function toMerged(stored: StoredDelivery, result: DeliveryResult, attempt: Attempt): StoredDelivery {
  const isEnded =
    result.status === 'delivered' && stored.status !== 'delivered' && stored.status !== 'failed';
  const added = { ...stored, ...toAttempts(stored, attempt) };
  return isEnded ? toFinal(added, 'delivered', null, result.at) : { ...added, revision: stored.revision + 1 };
}

function toAttempts({ attempts, attemptCount }: StoredDelivery, attempt: Attempt) {
  return {
    attempts: [...attempts, { ...attempt }].slice(-maxAttemptsKept),
    attemptCount: attemptCount + 1,
  };
}

/** Whether the result is stored already: its attempt, or without one, its revision and status. */
function isWritten(stored: StoredDelivery, { delivery, attempt, status }: DeliveryResult): boolean {
  if (attempt === undefined) {
    return stored.revision === delivery.revision + 1 && isResult(stored.status, status);
  }
  return stored.attempts.some(
    ({ at, durationMs, statusCode }) =>
      at === attempt.at && durationMs === attempt.durationMs && statusCode === attempt.statusCode,
  );
}

/** A delivery that was delivered before is not cancelled; see `toEnded`. */
function isResult(stored: DeliveryStatus, status: DeliveryStatus): boolean {
  return stored === status || (status === 'cancelled' && stored === 'delivered');
}
