import { toDeliveryId } from '../../../domain/ids.ts';
import { toPartition } from '../../../domain/partition.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import type { OpenEntry, OwedEntry } from '../../../domain/ports/delivery-queue.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import { findInChunks } from '../driver/chunks.ts';
import { splitReadable } from './quarantine.ts';

const majority = { readConcern: 'majority' } as const;

/**
 * Reads the events of entries, and which of their deliveries in the partitions have no document. Two reads for
 * any number of entries with few targets.
 *
 * Reads what a majority has, because the entry is closed next. A document that only the primary has, such as
 * one that an earlier owner is writing, can be rolled back after that, and the delivery would be lost.
 */
export async function readEntries(
  collections: Collections,
  entries: readonly OpenEntry[],
  partitions: ReadonlySet<number>,
): Promise<OwedEntry[]> {
  const ids = [...new Set(entries.flatMap((entry) => entry.eventIds))];
  const docs = await findInChunks(ids, (some) =>
    collections.events.find({ _id: { $in: some } }, majority).toArray(),
  );
  const present = new Set(docs.map((doc) => doc._id));
  const byId = readEvents(docs);
  const wanted = [...byId.values()].flatMap((event) =>
    toOwedIndexes(event, partitions).map((index) => toDeliveryId(event.id, index)),
  );
  const known = new Set(
    (
      await findInChunks(wanted, (some) =>
        collections.deliveries
          .find({ _id: { $in: some } }, { projection: { _id: 1 }, ...majority })
          .toArray(),
      )
    ).map((doc) => doc._id),
  );
  return entries.map(({ id, open, eventIds }) => ({
    id,
    open,
    events: eventIds.flatMap((eventId) => {
      const event = byId.get(eventId);
      if (event === undefined) return [];
      const missing = toOwedIndexes(event, partitions).filter(
        (index) => !known.has(toDeliveryId(eventId, index)),
      );
      return { event, missing };
    }),
    isComplete: eventIds.every((eventId) => present.has(eventId)),
  }));
}

/** The readable events. A corrupt one gets no delivery and must not block the others. */
function readEvents(docs: readonly EventDoc[]): Map<string, AcceptedEvent> {
  const { readable } = splitReadable(
    docs.filter((doc) => doc.tombstone === undefined),
    toEvent,
  );
  return new Map(readable.map((event) => [event.id, event]));
}

function toOwedIndexes(event: AcceptedEvent, partitions: ReadonlySet<number>): number[] {
  return event.targets.flatMap((webhookId, index) => (partitions.has(toPartition(webhookId)) ? index : []));
}
