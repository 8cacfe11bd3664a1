import type { Filter } from 'mongodb';
import { lowestIdAt, toDeliveryId } from '../../../domain/ids.ts';
import type { PurgeStep, RetentionStore } from '../../../domain/ports/bulk-stores.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import type { EventDoc } from '../documents/event.ts';
import { findInChunks, toChunks } from '../driver/chunks.ts';
import { readEventSlice, type EventTargets } from '../events/read-event-slice.ts';
import { findOpenEvents } from '../queue/entry-owners.ts';

/** Deliveries that one command deletes, so that it takes no longer than the writes of the hot path. */
const maxDeleted = 500;

/** Deliveries that can be removed. */
const isFinal: Filter<DeliveryDoc> = { status: { $ne: 'pending' } };
/** Events that carry no outbox entry. */
const hasNoEntry: Filter<EventDoc> = { open: { $exists: false } };

/**
 * Deletes by id, because ids sort by time. This needs no index on age, which would slow down the hot path,
 * and never deletes a pending delivery, which a TTL index would.
 *
 * Each step continues behind the last id that the step before it examined, whether or not it was removed. What
 * must stay therefore never keeps younger documents from being removed.
 */
export class MongoRetentionStore implements RetentionStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async purgeEvents(before: number, after: string | undefined, limit: number): Promise<PurgeStep> {
    const { events: old, next } = await readEventSlice(
      this.#collections,
      { _id: { $gt: after ?? '', $lt: lowestIdAt('evt_', before) } },
      { events: limit, deliveries: limit },
    );
    // First, so that a delivery that gets its document between the reads is found in the second one.
    const open = await this.#findOpen(old);
    const removable = old.filter((event) => !open.has(event._id));
    const deliveries = await this.#deleteFinal(removable.flatMap(toDeliveryIds));
    const events = await this.#deleteEvents(removable);
    return { events, deliveries, next: next === undefined ? undefined : old.at(-1)?._id };
  }

  /**
   * Removes final deliveries that `purgeEvents` does not find, because their event is gone or names fewer
   * targets than it had.
   */
  async purgeDeliveries(before: number, after: string | undefined, limit: number): Promise<PurgeStep> {
    const old = await this.#collections.deliveries
      .find(
        { _id: { $gt: after ?? '', $lt: lowestIdAt('dlv_', before) } },
        { projection: { eventId: 1, accountId: 1, status: 1 } },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    const final = old.filter(({ status }) => status !== 'pending');
    const open = await this.#findOpen(final.map(({ eventId, accountId }) => ({ _id: eventId, accountId })));
    const removable = final.filter(({ eventId }) => !open.has(eventId));
    const deliveries = await this.#deleteFinal(removable.map((doc) => doc._id));
    return { events: 0, deliveries, next: old.length < limit ? undefined : old.at(-1)?._id };
  }

  async purgeReplays(before: number, limit: number): Promise<number> {
    const { replays } = this.#collections;
    const finished = { status: { $ne: 'running' as const } };
    const old = await replays
      .find({ _id: { $lt: lowestIdAt('rpl_', before) }, ...finished }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    if (old.length === 0) return 0;
    const result = await replays.deleteMany({ _id: { $in: old.map((doc) => doc._id) }, ...finished });
    return result.deletedCount;
  }

  /** Returns the ids of those events whose outbox entry still owes a delivery. Usually there are none. */
  async #findOpen(old: readonly Pick<EventDoc, '_id' | 'accountId'>[]): Promise<ReadonlySet<string>> {
    const eventIds = [...new Set(old.map((event) => event._id))];
    return await findOpenEvents(this.#collections, eventIds);
  }

  /** Repeats the condition, to keep a delivery that is retried between the read and the write. */
  async #deleteFinal(ids: readonly string[]): Promise<number> {
    let count = 0;
    for (const chunk of toChunks(ids, maxDeleted)) {
      const result = await this.#collections.deliveries.deleteMany({ _id: { $in: chunk }, ...isFinal });
      count += result.deletedCount;
    }
    return count;
  }

  /** Deletes those events of which no delivery is left, so that no delivery loses its event. */
  async #deleteEvents(removable: readonly EventTargets[]): Promise<number> {
    if (removable.length === 0) return 0;
    const { events, deliveries } = this.#collections;
    const left = await findInChunks(removable.flatMap(toDeliveryIds), (ids) =>
      deliveries.find({ _id: { $in: ids } }, { projection: { eventId: 1 } }).toArray(),
    );
    const needed = new Set(left.map((doc) => doc.eventId));
    const ids = removable.map((event) => event._id).filter((id) => !needed.has(id));
    const result = await events.deleteMany({ _id: { $in: ids }, ...hasNoEntry });
    return result.deletedCount;
  }
}

/** The deliveries that an event can have. A test ping has one without a target. */
function toDeliveryIds({ _id, targets }: EventTargets): string[] {
  return targets.length === 0 ? [toDeliveryId(_id, 0)] : targets.map((_, index) => toDeliveryId(_id, index));
}
