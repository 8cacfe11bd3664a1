import type { Filter } from 'mongodb';
import type {
  ReconciliationSlice,
  ReconciliationStore,
  RecordedDelivery,
  StuckEntry,
} from '../../../domain/ports/reconciliation-store.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { notTombstone } from '../documents/event.ts';
import { withHint } from '../driver/read-list.ts';
import { findUnownedPartitions } from '../ownership/unowned-partitions.ts';
import { openIndex } from '../queue/entry.ts';
import { findOpenEvents } from '../queue/entry-owners.ts';

const projection = { appId: 1, eventId: 1, webhookId: 1, status: 1, reason: 1, nextAt: 1 } as const;

/** Reads events and deliveries by their ids, which sort by time, so it needs no other index. */
export class MongoReconciliationStore implements ReconciliationStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async readSlice(from: string, until: number, limit: number): Promise<ReconciliationSlice> {
    const { events } = this.#collections;
    const found = await events
      .find(
        { _id: { $gte: from, $lt: lowestIdAt('evt_', until) }, ...notTombstone },
        { projection: { appId: 1, targets: 1 } },
      )
      .sort({ _id: 1 })
      .limit(limit + 1)
      .toArray();
    const next = found[limit]?._id;
    const end = next === undefined ? lowestIdAt('dlv_', until) : lowestDeliveryId(next);
    return {
      events: found.slice(0, limit).map((doc) => ({
        id: doc._id,
        appId: doc.appId,
        targets: doc.targets,
      })),
      deliveries: await this.#find({ _id: { $gte: lowestDeliveryId(from), $lt: end } }),
      next,
    };
  }

  async getDeliveries(ids: readonly string[]): Promise<RecordedDelivery[]> {
    return await this.#find({ _id: { $in: [...ids] } });
  }

  async #find(filter: Filter<DeliveryDoc>): Promise<RecordedDelivery[]> {
    const docs = await this.#collections.deliveries.find(filter, { projection }).toArray();
    return docs.map((doc) => ({
      id: doc._id,
      appId: doc.appId,
      eventId: doc.eventId,
      webhookId: doc.webhookId,
      status: doc.status,
      reason: doc.reason ?? null,
      isQueued: doc.nextAt !== undefined,
    }));
  }

  async findDeletedApps(appIds: readonly string[]): Promise<ReadonlySet<string>> {
    const docs = await this.#collections.appDeletions
      .find({ appId: { $in: [...appIds] } }, { projection: { appId: 1 } })
      .toArray();
    return new Set(docs.map((doc) => doc.appId));
  }

  async findExistingEvents(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const docs = await this.#collections.events
      .find({ _id: { $in: [...ids] }, ...notTombstone }, { projection: { _id: 1 } })
      .toArray();
    return new Set(docs.map((doc) => doc._id));
  }

  async findPendingEvents(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return await findOpenEvents(this.#collections, ids);
  }

  async findStuckEntries(before: number, limit: number): Promise<StuckEntry[]> {
    const unowned = await findUnownedPartitions(this.#collections);
    if (unowned.length === 0) return [];
    const docs = await withHint(openIndex, (options) =>
      this.#collections.events
        .find(
          { open: { $in: unowned }, _id: { $lt: lowestIdAt('evt_', before) } },
          { ...options, projection: { at: 1 } },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    );
    return docs.map(({ _id, at }) => ({ id: _id, since: at.getTime() }));
  }
}

/** A delivery id has the same stem as the id of its event. */
function lowestDeliveryId(eventId: string): string {
  return `dlv_${eventId.slice(4)}`;
}
