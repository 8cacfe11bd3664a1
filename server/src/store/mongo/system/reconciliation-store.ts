import type { Filter, FindOptions } from 'mongodb';
import type {
  OwedEvent,
  ReconciliationSlice,
  ReconciliationStore,
  RecordedDelivery,
  SliceLimits,
  StuckEntry,
} from '../../../domain/ports/reconciliation-store.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { notTombstone } from '../documents/event.ts';
import { findUnownedPartitions } from '../ownership/unowned-partitions.ts';
import { openIndex } from '../queue/entry.ts';
import { findInChunks } from '../driver/chunks.ts';
import { withHint } from '../driver/read-list.ts';
import { readEventSlice, type EventTargets } from '../events/read-event-slice.ts';
import { findOpenEvents } from '../queue/entry-owners.ts';

const projection = { appId: 1, eventId: 1, webhookId: 1, status: 1, reason: 1, nextAt: 1 } as const;

/** Reads events and deliveries by their ids, which sort by time, so it needs no other index. */
export class MongoReconciliationStore implements ReconciliationStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async readSlice(from: string, until: number, limits: SliceLimits): Promise<ReconciliationSlice> {
    const { events, next } = await readEventSlice(
      this.#collections,
      { _id: { $gte: from, $lt: lowestIdAt('evt_', until) }, ...notTombstone },
      limits,
    );
    const end = next === undefined ? lowestIdAt('dlv_', until) : lowestDeliveryId(next);
    const expected = events.reduce((sum, { targets }) => sum + Math.max(1, targets.length), 0);
    const maxDeliveries = expected + Math.max(limits.deliveries, maxIdsWithOnePrefix);
    const deliveries = await this.#find(
      { _id: { $gte: lowestDeliveryId(from), $lt: end } },
      { sort: { _id: 1 }, limit: maxDeliveries + 1 },
    );
    const slice = { events: events.map(toOwedEvent), deliveries, next };
    const excess = deliveries[maxDeliveries];
    return excess === undefined ? slice : cutSlice(slice, excess.id);
  }

  async getDeliveries(ids: readonly string[]): Promise<RecordedDelivery[]> {
    return await findInChunks(ids, (some) => this.#find({ _id: { $in: some } }));
  }

  async #find(
    filter: Filter<DeliveryDoc>,
    options: Pick<FindOptions, 'sort' | 'limit'> = {},
  ): Promise<RecordedDelivery[]> {
    const docs = await this.#collections.deliveries.find(filter, { projection, ...options }).toArray();
    return docs.map((doc) => ({
      id: doc._id,
      appId: doc.appId,
      eventId: doc.eventId,
      webhookId: doc.webhookId,
      status: doc.status,
      reason: doc.reason ?? null,
      isQueued: isQueued(doc),
    }));
  }

  async findDeletedApps(appIds: readonly string[]): Promise<ReadonlySet<string>> {
    const docs = await findInChunks(appIds, (some) =>
      this.#collections.appDeletions.find({ appId: { $in: some } }, { projection: { appId: 1 } }).toArray(),
    );
    return new Set(docs.map((doc) => doc.appId));
  }

  async findExistingEvents(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const docs = await findInChunks(ids, (some) =>
      this.#collections.events
        .find({ _id: { $in: some }, ...notTombstone }, { projection: { _id: 1 } })
        .toArray(),
    );
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

/** Whether the engine will find a pending delivery. */
function isQueued(doc: Pick<DeliveryDoc, 'nextAt'>): boolean {
  return doc.nextAt !== undefined;
}

function toOwedEvent({ _id, appId, targets }: EventTargets): OwedEvent {
  return { id: _id, appId, targets };
}

/**
 * Ends a slice before a delivery, because its range has too many. The next slice begins there, with deliveries
 * whose event is in this one.
 */
function cutSlice({ events, deliveries }: ReconciliationSlice, deliveryId: string): ReconciliationSlice {
  const next = `evt_${deliveryId.slice(4, eventIdLength)}`;
  return {
    events: events.filter(({ id }) => id < next),
    deliveries: deliveries.filter(({ id }) => id < lowestDeliveryId(next)),
    next,
  };
}

/** Delivery ids of high targets are longer. */
const eventIdLength = 30;

/** Delivery ids that begin with the same characters of this length. A slice cannot end between them. */
const maxIdsWithOnePrefix = 1 + 32 ** 2;

/** A delivery id has the same stem as the id of its event. */
function lowestDeliveryId(eventId: string): string {
  return `dlv_${eventId.slice(4)}`;
}
