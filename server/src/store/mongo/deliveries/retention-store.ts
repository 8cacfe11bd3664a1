import { toDeliveryId, lowestIdAt } from '../../../domain/ids.ts';
import type { RetentionStore } from '../../../domain/ports/bulk-stores.ts';
import type { Collections } from '../documents/collections.ts';
import { toMemberIds } from '../queue/outbox.ts';

/**
 * Removes by id, since ids sort by time: no index on age is needed, which the hot path would pay for, and what is
 * pending is spared exactly, which a TTL index cannot do.
 */
export class MongoRetentionStore implements RetentionStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async purge(before: number, limit: number): Promise<{ events: number; deliveries: number }> {
    const deliveries = await this.#purgeDeliveries(lowestIdAt('dlv_', before), limit);
    const events = await this.#purgeEvents(lowestIdAt('evt_', before), limit);
    return { events, deliveries };
  }

  async #purgeDeliveries(before: string, limit: number): Promise<number> {
    const { deliveries } = this.#collections;
    const finished = { status: { $ne: 'pending' as const } };
    const old = await deliveries
      .find({ _id: { $lt: before }, ...finished }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    if (old.length === 0) return 0;
    // Repeats the condition: one that a person sends again at this moment stays.
    const result = await deliveries.deleteMany({ _id: { $in: old.map((doc) => doc._id) }, ...finished });
    return result.deletedCount;
  }

  async #purgeEvents(before: string, limit: number): Promise<number> {
    const { events, deliveries } = this.#collections;
    // Of a time long ago, so mostly there are none.
    const open = await events
      .find(
        { due: { $exists: true }, _id: { $lt: before } },
        { hint: 'open_by_lane', projection: { batch: 1 } },
      )
      .toArray();
    const closed = { due: { $exists: false } };
    const old = await events
      .find(
        { _id: { $lt: before, $nin: open.flatMap(toMemberIds) }, ...closed },
        { projection: { targets: 1 } },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    if (old.length === 0) return 0;
    const first = old.flatMap((doc) => doc.targets.map((_, index) => toDeliveryId(doc._id, index)));
    const ids = old.map((doc) => doc._id);
    const needed = await deliveries
      .find({ _id: { $in: first }, status: 'pending' }, { projection: { eventId: 1 } })
      .toArray();
    const spared = new Set(needed.map((doc) => doc.eventId));
    const result = await events.deleteMany({ _id: { $in: ids.filter((id) => !spared.has(id)) }, ...closed });
    return result.deletedCount;
  }
}
