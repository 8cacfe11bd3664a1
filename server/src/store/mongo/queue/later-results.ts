import type { AnyBulkWriteOperation, Collection, UpdateFilter } from 'mongodb';
import type { DeliveryStatus } from '@tocsin/shared';
import { maxAttemptsKept } from '../../../domain/delivery.ts';
import { toPartition } from '../../../domain/partition.ts';
import type { DeliveryResult } from '../../../domain/ports/delivery-queue.ts';
import { toEnded } from '../deliveries/end-pending.ts';
import { toAttemptDoc, type AttemptDoc, type DeliveryDoc } from '../documents/delivery.ts';

/**
 * Updates deliveries, each only at the revision that it was read with. Returns the results that did not match:
 * another writer changed the delivery meanwhile.
 *
 * Uses w:1. A fail-over that undoes an update leaves the delivery waiting, so it is repeated and never lost.
 */
export async function updateLaterResults(
  deliveries: Collection<DeliveryDoc>,
  results: readonly DeliveryResult[],
): Promise<DeliveryResult[]> {
  if (results.length === 0) return [];
  const { matchedCount } = await deliveries.bulkWrite(results.map(toOperation), {
    ordered: false,
    writeConcern: { w: 1 },
  });
  if (matchedCount === results.length) return [];
  // Rare, so a read is acceptable: which updates did not match? Those that did have our attempt last.
  const docs = await readForResults(deliveries, results);
  return results.filter((result) => !isWritten(docs.get(result.delivery.deliveryId), result));
}

/**
 * Adds what is true of late results to deliveries that another writer changed: the attempt was made, and a
 * success ends a delivery that is pending or cancelled. A failure leaves the status and the due time as the
 * other writer set them. `delivered` stays.
 *
 * Returns the ids of the deliveries that another writer had changed. Those that have our attempt are ours: the
 * reply to the first write was lost.
 */
export async function mergeLateResults(
  deliveries: Collection<DeliveryDoc>,
  results: readonly DeliveryResult[],
): Promise<string[]> {
  let rest = results;
  const foreign = new Set<string>();
  // Each round repeats what another writer overtook. More than one is rare.
  for (let round = 0; rest.length > 0 && round < maxRounds; round++) {
    const docs = await readForResults(deliveries, rest);
    const late = rest.flatMap((result) => {
      const doc = docs.get(result.delivery.deliveryId);
      // Without a document there is nothing to add to: the entry is still open, or the app was deleted.
      if (doc === undefined) {
        foreign.add(result.delivery.deliveryId);
        return [];
      }
      if (isWritten(doc, result)) return [];
      foreign.add(doc._id);
      return result.attempt === undefined ? [] : { result, doc };
    });
    if (late.length === 0) break;
    await deliveries.bulkWrite(
      late.map(({ result, doc }) => toMerge(result, doc)),
      { ordered: false, writeConcern: { w: 'majority' } },
    );
    rest = late.map(({ result }) => result);
  }
  return [...foreign];
}

const maxRounds = 3;

type Stored = Pick<DeliveryDoc, '_id' | 'rev' | 'status' | 'attempts'>;

async function readForResults(
  deliveries: Collection<DeliveryDoc>,
  results: readonly DeliveryResult[],
): Promise<Map<string, Stored>> {
  const ids = results.map((result) => result.delivery.deliveryId);
  const docs = await deliveries
    .find(
      { _id: { $in: ids } },
      { projection: { rev: 1, status: 1, 'attempts.at': 1, 'attempts.ms': 1, 'attempts.status': 1 } },
    )
    .toArray();
  return new Map(docs.map((doc) => [doc._id, doc]));
}

/** Whether the result is in the document: its attempt, or without one, its revision and status. */
function isWritten(doc: Stored | undefined, { delivery, attempt, status }: DeliveryResult): boolean {
  if (doc === undefined) return false;
  if (attempt === undefined) return doc.rev === delivery.revision + 1 && isResult(doc.status, status);
  return doc.attempts.some((stored) => isSameAttempt(stored, attempt));
}

/** A delivery that was delivered before is not cancelled; see `toEnded`. */
function isResult(stored: DeliveryStatus, status: DeliveryStatus): boolean {
  return stored === status || (status === 'cancelled' && stored === 'delivered');
}

function isSameAttempt(
  stored: Pick<AttemptDoc, 'at' | 'ms' | 'status'>,
  attempt: NonNullable<DeliveryResult['attempt']>,
): boolean {
  return (
    stored.at.getTime() === attempt.at &&
    stored.ms === attempt.durationMs &&
    stored.status === attempt.statusCode
  );
}

function toOperation(result: DeliveryResult): AnyBulkWriteOperation<DeliveryDoc> {
  const { delivery, attempt, status, reason, dueAt } = result;
  // The status as well: a failover can undo a change, and the next one then has the same revision.
  const filter = { _id: delivery.deliveryId, rev: delivery.revision, status: 'pending' } as const;
  if (attempt === undefined && status === 'cancelled' && reason !== null) {
    return { updateOne: { filter, update: toEnded(status, reason, new Date(result.at)) } };
  }
  const isPending = status === 'pending' && dueAt !== null;
  return {
    updateOne: {
      filter,
      update: {
        $set: {
          status,
          ...(reason === null ? {} : { reason }),
          ...(isPending
            ? { partition: toPartition(delivery.webhookId), nextAt: new Date(dueAt) }
            : { finishedAt: new Date(result.at) }),
        },
        $unset: {
          ...(reason === null ? { reason: 1 } : {}),
          ...(isPending ? { finishedAt: 1 } : { partition: 1, nextAt: 1 }),
        },
        ...toAttemptUpdate(result),
      },
    },
  };
}

/** The operation that adds a late attempt at the revision that was read. */
function toMerge(result: DeliveryResult, doc: Stored): AnyBulkWriteOperation<DeliveryDoc> {
  const ends = result.status === 'delivered' && doc.status !== 'delivered' && doc.status !== 'failed';
  return {
    updateOne: {
      filter: { _id: doc._id, ...(doc.rev === undefined ? { rev: { $exists: false } } : { rev: doc.rev }) },
      update: {
        ...(ends
          ? {
              $set: { status: 'delivered' as const, finishedAt: new Date(result.at) },
              $unset: { reason: 1 as const, partition: 1 as const, nextAt: 1 as const },
            }
          : {}),
        ...toAttemptUpdate(result),
      },
    },
  };
}

function toAttemptUpdate({ attempt }: DeliveryResult): Pick<UpdateFilter<DeliveryDoc>, '$push' | '$inc'> {
  if (attempt === undefined) return { $inc: { rev: 1 } };
  return {
    $push: { attempts: { $each: [toAttemptDoc(attempt)], $slice: -maxAttemptsKept } },
    $inc: { attemptCount: 1, rev: 1 },
  };
}
