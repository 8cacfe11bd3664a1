import type { Collection } from 'mongodb';
import type { DeliveryDoc } from '../documents/delivery.ts';

/**
 * Splits documents into readable and corrupt ones (damaged by hand, or by a broken restore). A corrupt
 * document would otherwise be read again forever and block those behind it.
 */
export function splitReadable<TDoc extends { _id: string }, TItem>(
  docs: readonly TDoc[],
  map: (doc: TDoc) => TItem,
) {
  const readable: TItem[] = [];
  const corruptIds: string[] = [];
  for (const doc of docs) {
    try {
      readable.push(map(doc));
    } catch {
      corruptIds.push(doc._id);
    }
  }
  return { readable, corruptIds };
}

/** Fails corrupt pending deliveries as undeliverable, so that they are never sent. */
export async function quarantineDeliveries(
  deliveries: Collection<DeliveryDoc>,
  ids: readonly string[],
  at: Date,
): Promise<void> {
  await deliveries.updateMany(
    { _id: { $in: [...ids] }, status: 'pending' },
    {
      $set: { status: 'failed', reason: 'undeliverable', finishedAt: at },
      $unset: { partition: 1, nextAt: 1 },
      $inc: { rev: 1 },
    },
  );
}
