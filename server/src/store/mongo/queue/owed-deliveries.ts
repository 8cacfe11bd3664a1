import { toDeliveryId } from '../../../domain/ids.ts';
import { toPartition } from '../../../domain/partition.ts';
import { isVisible, type Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import type { EventDoc } from '../documents/event.ts';
import { findInChunks } from '../driver/chunks.ts';
import { toEventIds, type EntryDoc } from './entry.ts';

/** Events whose deliveries are counted one by one. More would keep mongod busy for longer than a reader waits. */
const maxEvents = 20_000;

/** Deliveries that open entries owe and that have no document yet. */
export interface OwedCount {
  readonly deliveries: number;
  /** Those of events accepted at or after a time. */
  readonly recent: number;
  /** When the oldest event among them was accepted, epoch ms. Null if there is none. */
  readonly oldestAt: number | null;
  /** Whether the entries have more events than are counted one by one. */
  readonly isCapped: boolean;
}

type OwedEvent = Pick<EventDoc, '_id' | 'appId' | 'accountId' | 'at' | 'targets'>;

/**
 * Counts the visible deliveries that entries owe, the oldest entries first. An entry stays open until all of its
 * deliveries in a partition have a document, so most of its events can be done already.
 */
export async function countOwedDeliveries(
  collections: Collections,
  entries: readonly EntryDoc[],
  visibility: Visibility,
  since: number,
): Promise<OwedCount> {
  const { openByEvent, isCapped } = takeEvents(entries);
  const events = await findInChunks([...openByEvent.keys()], (ids) =>
    collections.events
      .find<OwedEvent>(
        { _id: { $in: ids }, tombstone: { $exists: false } },
        { projection: { appId: 1, accountId: 1, at: 1, targets: 1 }, hint: '_id_' },
      )
      .toArray(),
  );
  const owed = new Map<string, number>();
  for (const { _id, at, targets, ...owner } of events) {
    if (!isVisible(visibility, owner)) continue;
    const open = openByEvent.get(_id);
    for (const [index, webhookId] of targets.entries()) {
      if (open?.has(toPartition(webhookId)) === true) owed.set(toDeliveryId(_id, index), at.getTime());
    }
  }
  const written = await findInChunks([...owed.keys()], (ids) =>
    collections.deliveries.find({ _id: { $in: ids } }, { projection: { _id: 1 }, hint: '_id_' }).toArray(),
  );
  for (const { _id } of written) owed.delete(_id);
  const times = [...owed.values()];
  const oldestAt = times.reduce((oldest, at) => Math.min(oldest, at), Infinity);
  const recent = times.filter((at) => at >= since).length;
  return { deliveries: owed.size, recent, oldestAt: owed.size === 0 ? null : oldestAt, isCapped };
}

/** The events of the first entries, each with the open partitions of its entry. */
function takeEvents(entries: readonly EntryDoc[]) {
  const openByEvent = new Map<string, ReadonlySet<number>>();
  for (const entry of entries) {
    const eventIds = toEventIds(entry);
    if (openByEvent.size + eventIds.length > maxEvents) return { openByEvent, isCapped: true };
    const open = new Set(entry.open);
    for (const eventId of eventIds) openByEvent.set(eventId, open);
  }
  return { openByEvent, isCapped: false };
}
