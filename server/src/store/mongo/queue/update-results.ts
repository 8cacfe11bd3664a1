import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { maxAttemptsKept } from '../../../domain/delivery.ts';
import type { DeliveryResult } from '../../../domain/ports/delivery-queue.ts';
import { toAttemptDoc, type DeliveryDoc } from '../documents/delivery.ts';

/**
 * Updates claimed deliveries, each only if it still carries the claim's token. Returns the ids of fenced
 * deliveries: our lease expired, and another process holds or finished them.
 */
export async function updateResults(
  deliveries: Collection<DeliveryDoc>,
  results: readonly DeliveryResult[],
): Promise<string[]> {
  if (results.length === 0) return [];
  const { matchedCount } = await deliveries.bulkWrite(results.map(toOperation), {
    ordered: false,
    writeConcern: { w: 1 },
  });
  if (matchedCount === results.length) return [];
  // Rare, so a read is acceptable: which updates did not match? Those already applied have no lease and our
  // count.
  const ids = results.map((result) => result.delivery.deliveryId);
  const docs = await deliveries
    .find({ _id: { $in: ids } }, { projection: { attemptCount: 1, lease: 1 } })
    .toArray();
  const byId = new Map(docs.map((doc) => [doc._id, doc]));
  return results.flatMap(({ delivery, attempt }) => {
    const doc = byId.get(delivery.deliveryId);
    const expected = delivery.attemptCount + (attempt === undefined ? 0 : 1);
    return doc !== undefined && doc.lease === undefined && doc.attemptCount === expected
      ? []
      : [delivery.deliveryId];
  });
}

function toOperation(result: DeliveryResult): AnyBulkWriteOperation<DeliveryDoc> {
  const { delivery, attempt, status, reason, dueAt } = result;
  const isFinished = status !== 'pending';
  return {
    updateOne: {
      filter: { _id: delivery.deliveryId, lease: delivery.token },
      update: {
        $set: {
          status,
          ...(reason === null ? {} : { reason }),
          ...(dueAt === null ? {} : { due: new Date(dueAt) }),
          ...(isFinished ? { finishedAt: new Date(result.at) } : {}),
        },
        $unset: {
          lease: 1,
          ...(reason === null ? { reason: 1 } : {}),
          ...(dueAt === null ? { due: 1 } : {}),
        },
        ...(attempt === undefined
          ? {}
          : {
              $push: { attempts: { $each: [toAttemptDoc(attempt)], $slice: -maxAttemptsKept } },
              $inc: { attemptCount: 1 },
            }),
      },
    },
  };
}
