import type { Collection, Filter } from 'mongodb';
import { toDeliveryId } from '../../../domain/ids.ts';
import type { ClaimedBatch } from '../../../domain/ports/delivery-queue.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import { sortOut } from './quarantine.ts';

/** The one of its events that carries a batch, as far as it is needed to know the others. */
export type BatchDoc = Pick<EventDoc, '_id' | 'batch' | 'gapSince'>;

/**
 * An insert in order is over so long after its first event was seen. What is missing then never came: the process that
 * wrote it died, or its idempotency key was taken.
 */
const onItsWayMs = 10_000;

export function toMemberIds({ _id, batch }: BatchDoc): readonly string[] {
  return batch ?? [_id];
}

/** The first batches with about so many events together, and one at least. */
export function atMost<TDoc extends BatchDoc>(batches: readonly TDoc[], events: number): TDoc[] {
  let count = 0;
  return batches.filter((batch) => {
    const fits = count < events;
    count += toMemberIds(batch).length;
    return fits;
  });
}

/**
 * The events of claimed batches, and which of their deliveries have no document yet: two reads for any number, and a
 * write where a gap is seen for the first time.
 */
export async function readBatches(
  { events, deliveries }: Collections,
  claimed: readonly BatchDoc[],
  now: Date,
): Promise<ClaimedBatch[]> {
  const docs = await events.find({ _id: { $in: claimed.flatMap(toMemberIds) } }).toArray();
  // One that cannot be read gets no delivery; system.audit finds it. It must not keep the others waiting.
  const { sound } = sortOut(docs, toEvent);
  const expected = sound.flatMap((event) => event.targets.map((_, index) => toDeliveryId(event.id, index)));
  const existing = await deliveries.find({ _id: { $in: expected } }, { projection: { _id: 1 } }).toArray();
  const known = new Set(existing.map((doc) => doc._id));
  const byId = new Map(sound.map((event) => [event.id, event]));
  const present = new Set(docs.map((doc) => doc._id));
  const hasGap = (batch: BatchDoc) => toMemberIds(batch).some((id) => !present.has(id));
  const newGaps = claimed.filter((batch) => batch.gapSince === undefined && hasGap(batch));
  if (newGaps.length > 0) {
    const ids = newGaps.map((batch) => batch._id);
    await events.updateMany({ _id: { $in: ids } }, { $set: { gapSince: now } }, { writeConcern: { w: 1 } });
  }
  return claimed.map((batch) => {
    const members = toMemberIds(batch);
    return {
      id: batch._id,
      events: members.flatMap((id) => {
        const event = byId.get(id);
        if (event === undefined) return [];
        const targets = event.targets.map((_, index) => index);
        return { event, missing: targets.filter((index) => !known.has(toDeliveryId(id, index))) };
      }),
      isComplete: !hasGap(batch) || now.getTime() - (batch.gapSince ?? now).getTime() > onItsWayMs,
    };
  });
}

/** How many events stand in batches that match; of these apps, if any are given. */
export async function countOpenEvents(
  events: Collection<EventDoc>,
  batches: Filter<EventDoc>,
  appIds: readonly string[] | undefined,
): Promise<number> {
  if (appIds === undefined) {
    const size = { $cond: [{ $isArray: '$batch' }, { $size: '$batch' }, 1] };
    const [sum] = await events
      .aggregate<{ count: number }>([{ $match: batches }, { $group: { _id: null, count: { $sum: size } } }])
      .toArray();
    return sum?.count ?? 0;
  }
  const found = await events.find(batches, { hint: 'open_by_lane', projection: { batch: 1 } }).toArray();
  return await events.countDocuments({
    _id: { $in: found.flatMap(toMemberIds) },
    appId: { $in: [...appIds] },
  });
}
