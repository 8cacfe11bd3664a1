import { toDeliveryId } from '../../../domain/ids.ts';
import { toPartition } from '../../../domain/partition.ts';
import type { Collections } from '../documents/collections.ts';
import type { EventDoc } from '../documents/event.ts';
import { findInChunks } from '../driver/chunks.ts';

/**
 * Older events are not checked, ms. Each of them has been swept many times, and retention may have removed its
 * deliveries: the check would send it again.
 */
const maxAgeMs = 60 * 60_000;

const fromMajority = { readConcern: { level: 'majority' } } as const;

/**
 * Makes sure that each delivery of stored events is either owed by an entry or has a document. Publishers that
 * repeat an event rely on it. An event can be without an entry if its insert ended so late that nothing
 * remembered it any more.
 *
 * Reads the entries before the deliveries: a partition leaves an entry only after its deliveries have documents.
 * Concurrent calls write the same.
 */
export async function ensureOwed(
  { events, deliveries }: Pick<Collections, 'events' | 'deliveries'>,
  stored: readonly EventDoc[],
  now: number,
): Promise<void> {
  const recent = stored.filter(({ at, targets }) => targets.length > 0 && at.getTime() > now - maxAgeMs);
  if (recent.length === 0) return;
  const carriers = await findInChunks([...new Set(recent.map(toCarrierId))], (ids) =>
    events.find({ _id: { $in: ids } }, { projection: { open: 1 }, ...fromMajority }).toArray(),
  );
  const openByCarrier = new Map(carriers.map(({ _id, open = [] }) => [_id, new Set(open)]));
  const unowed = recent.flatMap((doc) => {
    const open = openByCarrier.get(toCarrierId(doc));
    return doc.targets.flatMap((webhookId, index) => {
      const partition = toPartition(webhookId);
      return open?.has(partition) === true
        ? []
        : [{ doc, partition, deliveryId: toDeliveryId(doc._id, index) }];
    });
  });
  const documents = await findInChunks(
    unowed.map(({ deliveryId }) => deliveryId),
    (ids) => deliveries.find({ _id: { $in: ids } }, { projection: { _id: 1 }, ...fromMajority }).toArray(),
  );
  const documented = new Set(documents.map(({ _id }) => _id));
  const missing = new Map<EventDoc, Set<number>>();
  for (const { doc, partition, deliveryId } of unowed) {
    if (documented.has(deliveryId)) continue;
    missing.set(doc, (missing.get(doc) ?? new Set()).add(partition));
  }
  for (const [doc, partitions] of missing) await addToEntry(events, doc, [...partitions]);
}

function toCarrierId({ _id, entry = _id }: EventDoc): string {
  return entry;
}

/** Makes an event the carrier of an entry of its own, unless it carries one that is still open. */
async function addToEntry(
  events: Collections['events'],
  { _id, accountId, appId }: EventDoc,
  partitions: readonly number[],
): Promise<void> {
  const owner = { accountId, appId, count: 1 };
  await events.updateOne({ _id, tombstone: { $exists: false } }, [
    {
      $set: {
        open: { $setUnion: [{ $ifNull: ['$open', []] }, partitions] },
        owners: { $ifNull: ['$owners', [owner]] },
      },
    },
    { $unset: 'entry' },
  ]);
}
