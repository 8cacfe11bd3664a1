import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { maxAttemptsKept } from '../../../domain/delivery.ts';
import type { DeliveryResult } from '../../../domain/ports/delivery-queue.ts';
import { toAttemptDoc, type DeliveryDoc } from '../documents/delivery.ts';

/**
 * Writes what came of claimed deliveries, each only if it still carries the token of the claim. Answers the ids that
 * did not: their lease ended while we were away, and somebody else holds them now.
 */
export async function updateResults(
  deliveries: Collection<DeliveryDoc>,
  recordings: readonly DeliveryResult[],
): Promise<string[]> {
  if (recordings.length === 0) return [];
  const result = await deliveries.bulkWrite(recordings.map(toOperation), {
    ordered: false,
    writeConcern: { w: 1 },
  });
  if (result.matchedCount === recordings.length) return [];
  // Rare, so it may cost a read: whose write did not match? Ours have no lease any more, or carry a result of ours.
  const ids = recordings.map((recording) => recording.delivery.deliveryId);
  const docs = await deliveries
    .find({ _id: { $in: ids } }, { projection: { attemptCount: 1, lease: 1 } })
    .toArray();
  const byId = new Map(docs.map((doc) => [doc._id, doc]));
  return recordings.flatMap(({ delivery, attempt }) => {
    const doc = byId.get(delivery.deliveryId);
    const expected = delivery.attemptCount + (attempt === undefined ? 0 : 1);
    return doc !== undefined && doc.lease === undefined && doc.attemptCount === expected
      ? []
      : [delivery.deliveryId];
  });
}

function toOperation(recording: DeliveryResult): AnyBulkWriteOperation<DeliveryDoc> {
  const { delivery, attempt, status, reason, dueAt } = recording;
  const finished = status !== 'pending';
  return {
    updateOne: {
      filter: { _id: delivery.deliveryId, lease: delivery.token },
      update: {
        $set: {
          status,
          ...(reason === null ? {} : { reason }),
          ...(dueAt === null ? {} : { due: new Date(dueAt) }),
          ...(finished ? { finishedAt: new Date(recording.at) } : {}),
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
