import { toDeliveryId, lowestIdAt } from '../../../domain/ids.ts';
import type { RetentionStore } from '../../../domain/ports/bulk-stores.ts';
import type { Collections } from '../documents/collections.ts';
import { findOpenEvents } from '../queue/entry-owners.ts';

/**
 * Deletes by id, because ids sort by time. This needs no index on age, which would slow down the hot path,
 * and never deletes a pending delivery, which a TTL index would.
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

  async #purgeDeliveries(before: string, limit: number): Promise<number> {
    const { deliveries } = this.#collections;
    const finished = { status: { $ne: 'pending' as const } };
    const old = await deliveries
      .find({ _id: { $lt: before }, ...finished }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    if (old.length === 0) return 0;
    // Repeats the condition, to keep a delivery that is retried between the read and the write.
    const result = await deliveries.deleteMany({ _id: { $in: old.map((doc) => doc._id) }, ...finished });
    return result.deletedCount;
  }

  async #purgeEvents(before: string, limit: number): Promise<number> {
    const { events, deliveries } = this.#collections;
    const notInOutbox = { open: { $exists: false } };
    const old = await events
      .find({ _id: { $lt: before }, ...notInOutbox }, { projection: { targets: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    if (old.length === 0) return 0;
    // Usually empty: events this old are rarely in the outbox. First, so that a delivery that gets its document
    // between the reads is found in the second one.
    const open = await findOpenEvents(
      this.#collections,
      old.map((doc) => doc._id),
    );
    const deliveryIds = old.flatMap((doc) => (doc.targets ?? []).map((_, index) => toDeliveryId(doc._id, index)));
    const pending = await deliveries
      .find({ _id: { $in: deliveryIds }, status: 'pending' }, { projection: { eventId: 1 } })
      .toArray();
    const needed = new Set([...pending.map((doc) => doc.eventId), ...open]);
    const ids = old.map((doc) => doc._id).filter((id) => !needed.has(id));
    const result = await events.deleteMany({ _id: { $in: ids }, ...notInOutbox });
    return result.deletedCount;
  }
}
