import type { Collection } from 'mongodb';
import { toEnded } from '../deliveries/end-pending.ts';
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

/** Fails corrupt pending deliveries as undeliverable, so that they are never sent (again). */
export async function quarantineDeliveries(
  deliveries: Collection<DeliveryDoc>,
  ids: readonly string[],
  at: Date,
): Promise<void> {
  await deliveries.updateMany(
    { _id: { $in: [...ids] }, status: 'pending' },
    toEnded('failed', 'undeliverable', at),
  );
}
