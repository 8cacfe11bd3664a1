import { partitionCount, toPartition } from '../../../domain/partition.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import type { OpenEntry } from '../../../domain/ports/delivery-queue.ts';
import type { EntryOwner, EventDoc } from '../documents/event.ts';

/*
 * Entries: the transactional outbox. Events that are stored together form one entry, which their first event
 * carries. It names all events, their owners, and the partitions that still owe deliveries. So one insert makes
 * the events and their owed deliveries durable, however many processes send them.
 */

/** The fields of an entry. */
export type EntryDoc = Pick<EventDoc, '_id' | 'batch' | 'open'>;

/** The index of open entries by partition, in the order of their ids. */
export const openIndex = 'open_by_partition';

/** Of an open entry, in a partial index. */
export const isOpen = { open: { $exists: true } } as const;

/** All partitions. An index with `open` first returns entries in the order of their ids only for given values. */
export const allPartitions: readonly number[] = Array.from({ length: partitionCount }, (_, index) => index);

/**
 * Adds the entry to the documents of a batch. Runs for every batch. Events without targets need no entry, but
 * are part of it, because it is one insert.
 */
export function addEntry(docs: readonly EventDoc[], events: readonly AcceptedEvent[]): void {
  const [carrier] = docs;
  const open = toPartitions(events);
  if (carrier === undefined || open.length === 0) return;
  carrier.open = open;
  const { owners, ownerOf } = toOwners(events);
  carrier.owners = owners;
  if (docs.length === 1) return;
  carrier.batch = docs.map((doc) => doc._id);
  if (owners.length > 1) carrier.ownerOf = ownerOf;
  for (let index = 1; index < docs.length; index++) {
    const doc = docs[index];
    if (doc !== undefined) doc.entry = carrier._id;
  }
}

function toPartitions(events: readonly AcceptedEvent[]): number[] {
  const partitions = new Set<number>();
  for (const event of events) {
    for (const webhookId of event.targets) partitions.add(toPartition(webhookId));
  }
  return [...partitions];
}

/** Returns how many events of the batch each app has, and the position of each event's owner. */
function toOwners(events: readonly AcceptedEvent[]): { owners: EntryOwner[]; ownerOf: number[] } {
  const positions = new Map<string, number>();
  const owners: EntryOwner[] = [];
  const ownerOf = events.map(({ appId, accountId }) => {
    const known = positions.get(appId);
    const position = known ?? owners.push({ accountId, appId, count: 0 }) - 1;
    if (known === undefined) positions.set(appId, position);
    const owner = owners[position];
    if (owner !== undefined) owner.count++;
    return position;
  });
  return { owners, ownerOf };
}

/** Returns the ids of the entry's events. */
export function toEventIds({ _id, batch }: Pick<EntryDoc, '_id' | 'batch'>): readonly string[] {
  return batch ?? [_id];
}

export function toOpenEntry(doc: EntryDoc): OpenEntry {
  return { id: doc._id, eventIds: toEventIds(doc), open: doc.open ?? [] };
}
