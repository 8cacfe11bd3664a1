import { toDeliveryId } from '../../../domain/ids.ts';
import type { ClaimedEntry } from '../../../domain/ports/delivery-queue.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import { partitionReadable } from './quarantine.ts';

/*
 * The transactional outbox. Events stored together form one outbox entry. Their first event carries it: the
 * ids of all (`batch`), the due time and the lease. So one insert makes the events and their owed deliveries
 * durable.
 */

/** The fields of an entry's first event that identify its other events. */
export type OutboxDoc = Pick<EventDoc, '_id' | 'batch' | 'gapSince'>;

/**
 * An insert is over this long after its first event was seen. Events still missing will never come: the
 * inserting process died, or an idempotency key was taken.
 */
const insertTimeoutMs = 10_000;

/** Returns the ids of the entry's events. */
export function toEventIds({ _id, batch }: OutboxDoc): readonly string[] {
  return batch ?? [_id];
}

/** The first entries with about `maxEvents` events in total, at least one entry. */
export function limitEvents<TDoc extends OutboxDoc>(entries: readonly TDoc[], maxEvents: number): TDoc[] {
  let count = 0;
  return entries.filter((entry) => {
    const fits = count < maxEvents;
    count += toEventIds(entry).length;
    return fits;
  });
}

/**
 * Reads the events of claimed entries, and which of their deliveries have no document. Two reads for any
 * number of entries, and one write when events are found missing for the first time.
 */
export async function readEntries(
  { events, deliveries }: Collections,
  claimed: readonly OutboxDoc[],
  now: Date,
): Promise<ClaimedEntry[]> {
  const docs = await events.find({ _id: { $in: claimed.flatMap(toEventIds) } }).toArray();
  // A corrupt event gets no delivery and must not block the others. The reconciliation reports it.
  const { readable } = partitionReadable(docs, toEvent);
  const expected = readable.flatMap((event) =>
    event.targets.map((_, index) => toDeliveryId(event.id, index)),
  );
  const existing = await deliveries.find({ _id: { $in: expected } }, { projection: { _id: 1 } }).toArray();
  const known = new Set(existing.map((doc) => doc._id));
  const byId = new Map(readable.map((event) => [event.id, event]));
  const present = new Set(docs.map((doc) => doc._id));
  const hasMissing = (entry: OutboxDoc) => toEventIds(entry).some((id) => !present.has(id));
  const newlyMissing = claimed.filter((entry) => entry.gapSince === undefined && hasMissing(entry));
  if (newlyMissing.length > 0) {
    const ids = newlyMissing.map((entry) => entry._id);
    await events.updateMany({ _id: { $in: ids } }, { $set: { gapSince: now } }, { writeConcern: { w: 1 } });
  }
  return claimed.map((entry) => {
    const missingSince = entry.gapSince ?? now;
    return {
      id: entry._id,
      events: toEventIds(entry).flatMap((id) => {
        const event = byId.get(id);
        if (event === undefined) return [];
        const targets = event.targets.map((_, index) => index);
        return { event, missing: targets.filter((index) => !known.has(toDeliveryId(id, index))) };
      }),
      isComplete: !hasMissing(entry) || now.getTime() - missingSince.getTime() > insertTimeoutMs,
    };
  });
}
