import type { OpenEntry } from '../../../domain/ports/delivery-queue.ts';
import type { Collections } from '../documents/collections.ts';
import type { EventDoc } from '../documents/event.ts';
import { insertDocuments } from '../driver/insert-documents.ts';
import { toEventIds } from './entry.ts';
import { findInChunks } from '../driver/chunks.ts';

/** A document that takes the id of an event that did not arrive. */
type TombstoneDoc = Pick<EventDoc, '_id' | 'appId' | 'accountId' | 'at' | 'tombstone'>;

/**
 * Inserts tombstones under the ids of missing events. An insert that mongod held back fails afterwards, and its
 * publisher gets an error. An event that arrives first is not replaced, because ids are unique. Waits for a
 * majority, because the entry is closed next.
 *
 * A tombstone names the app of its event: on a sharded cluster ids are unique only within one shard.
 */
export async function closeGaps({ events }: Collections, entries: readonly OpenEntry[]): Promise<void> {
  const ids = entries.flatMap((entry) => entry.eventIds);
  const present = await findInChunks(ids, (some) =>
    events.find({ _id: { $in: some } }, { projection: { _id: 1 } }).toArray(),
  );
  const stored = new Set(present.map((doc) => doc._id));
  if (ids.every((id) => stored.has(id))) return;
  const carriers = await events
    .find(
      { _id: { $in: entries.map((entry) => entry.id) } },
      { projection: { batch: 1, owners: 1, ownerOf: 1, appId: 1, accountId: 1, at: 1 } },
    )
    .toArray();
  const tombstones = carriers.flatMap((carrier) =>
    toEventIds(carrier).flatMap((id, index) => (stored.has(id) ? [] : toTombstone(carrier, id, index))),
  );
  if (tombstones.length === 0) return;
  // `as`: a tombstone has only some of the fields of an event.
  await insertDocuments(events, tombstones as EventDoc[], { ordered: false });
}

function toTombstone(carrier: EventDoc, id: string, index: number): TombstoneDoc {
  const owner = carrier.owners?.[carrier.ownerOf?.[index] ?? 0] ?? carrier;
  return { _id: id, appId: owner.appId, accountId: owner.accountId, at: carrier.at, tombstone: true };
}
