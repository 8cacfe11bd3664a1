import type { Collections } from '../documents/collections.ts';
import { partitionIds } from '../documents/ownership.ts';

/** Returns the partitions without an owner, or with one that is fenced or gone. */
export async function findUnownedPartitions({ partitions, processes }: Collections): Promise<number[]> {
  const owned = await partitions
    .find({ _id: { $in: [...partitionIds] }, owner: { $ne: null } }, { projection: { owner: 1 } })
    .toArray();
  const owners = [...new Set(owned.flatMap((doc) => doc.owner ?? []))];
  const live = await processes
    .find({ _id: { $in: owners }, state: { $ne: 'fenced' } }, { projection: { _id: 1 } })
    .toArray();
  const liveIds = new Set(live.map((doc) => doc._id));
  const ids = new Set(
    owned.filter(({ owner }) => owner !== null && liveIds.has(owner)).map((doc) => doc._id),
  );
  return partitionIds.filter((partition) => !ids.has(partition));
}
