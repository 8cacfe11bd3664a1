import type { Collection, Filter, UpdateFilter } from 'mongodb';
import type { DeliveryDoc } from '../documents/delivery.ts';

/** Updates up to `limit` deliveries of those wanted, and answers how many. MongoDB has no limit for an update itself. */
export async function updateSome(
  deliveries: Collection<DeliveryDoc>,
  wanted: Filter<DeliveryDoc>,
  change: UpdateFilter<DeliveryDoc>,
  limit: number,
): Promise<number> {
  const found = await deliveries
    .find(wanted, { projection: { _id: 1 } })
    .limit(limit)
    .toArray();
  if (found.length === 0) return 0;
  // Repeats the condition: what was claimed between the two is no longer ours to change.
  const ids = found.map((doc) => doc._id);
  const result = await deliveries.updateMany({ $and: [wanted, { _id: { $in: ids } }] }, change);
  return result.modifiedCount;
}
