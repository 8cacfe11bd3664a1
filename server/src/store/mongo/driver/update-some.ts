import type { Collection, Document, Filter, UpdateFilter } from 'mongodb';
import type { DeliveryDoc } from '../documents/delivery.ts';

/** Updates up to `limit` matching deliveries. Returns their number. MongoDB's own update has no limit. */
export async function updateSome(
  deliveries: Collection<DeliveryDoc>,
  filter: Filter<DeliveryDoc>,
  update: UpdateFilter<DeliveryDoc> | Document[],
  limit: number,
): Promise<number> {
  const found = await deliveries
    .find(filter, { projection: { _id: 1 } })
    .limit(limit)
    .toArray();
  if (found.length === 0) return 0;
  // Repeats the condition, to skip deliveries that were claimed between the read and the write.
  const ids = found.map((doc) => doc._id);
  const result = await deliveries.updateMany({ $and: [filter, { _id: { $in: ids } }] }, update, {
    hint: '_id_',
  });
  return result.modifiedCount;
}
