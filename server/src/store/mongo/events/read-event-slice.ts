import type { Filter, FindCursor } from 'mongodb';
import type { SliceLimits } from '../../../domain/ports/reconciliation-store.ts';
import type { Collections } from '../documents/collections.ts';
import type { EventDoc } from '../documents/event.ts';

/** The fields of an event that name its deliveries. */
export type EventTargets = Pick<EventDoc, '_id' | 'appId' | 'accountId' | 'targets'>;

export interface EventSlice {
  /** In the order of their ids. */
  readonly events: readonly EventTargets[];
  /** The first matching event behind the slice. Undefined: there is none. */
  readonly next: string | undefined;
}

/** Events that mongod sends at once. An event with thousands of targets has some hundred KB. */
const batchSize = 50;

/**
 * Reads the first matching events by id, without their data. Bounded by deliveries too, because one event can
 * owe thousands.
 */
export async function readEventSlice(
  { events }: Pick<Collections, 'events'>,
  filter: Filter<EventDoc>,
  limits: SliceLimits,
): Promise<EventSlice> {
  const cursor = events
    .find<EventTargets>(filter, { projection: { appId: 1, accountId: 1, targets: 1 } })
    .sort({ _id: 1 })
    .limit(limits.events + 1)
    .batchSize(Math.min(batchSize, limits.events + 1));
  try {
    return await takeSlice(cursor, limits);
  } finally {
    await cursor.close();
  }
}

async function takeSlice(cursor: FindCursor<EventTargets>, limits: SliceLimits): Promise<EventSlice> {
  const events: EventTargets[] = [];
  let deliveries = 0;
  for await (const doc of cursor) {
    if (events.length >= limits.events || deliveries >= limits.deliveries) {
      return { events, next: doc._id };
    }
    // A damaged event must not end the work on all others.
    const targets: unknown = doc.targets;
    events.push(Array.isArray(targets) ? doc : { ...doc, targets: [] });
    deliveries += Math.max(1, Array.isArray(targets) ? targets.length : 0);
  }
  return { events, next: undefined };
}
