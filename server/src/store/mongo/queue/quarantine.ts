import type { Collection } from 'mongodb';
import type { DeliveryDoc } from '../documents/delivery.ts';

/**
 * Parts documents that can be worked on from those that cannot: damaged by hand, or left by a broken restore. Without
 * this one bad document would come back with every claim and keep the good ones behind it waiting.
 */
export function sortOut<TDoc extends { _id: string }, TItem>(
  docs: readonly TDoc[],
  map: (doc: TDoc) => TItem,
) {
  const sound: TItem[] = [];
  const poisoned: string[] = [];
  for (const doc of docs) {
    try {
      sound.push(map(doc));
    } catch {
      poisoned.push(doc._id);
    }
  }
  return { sound, poisoned };
}

export async function setDeliveriesAside(
  deliveries: Collection<DeliveryDoc>,
  ids: readonly string[],
  at: Date,
): Promise<void> {
  await deliveries.updateMany(
    { _id: { $in: [...ids] } },
    { $set: { status: 'failed', reason: 'undeliverable', finishedAt: at }, $unset: { due: 1, lease: 1 } },
  );
}
