import type { Filter } from 'mongodb';
import { anyEventTypes, type EventFilter, type Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../../../domain/event.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { EventBatch, EventStore, Insertion } from '../../../domain/ports/event-store.ts';
import type { PageRequest, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { notTombstone, toEvent, toEventDoc, type EventDoc } from '../documents/event.ts';
import { insertDocuments } from '../driver/insert-documents.ts';
import { planList, type ListIndex, type ListPlan } from '../driver/list-plan.ts';
import type { FilterTable } from '../driver/match-filter.ts';
import { continueAt, pageFrom } from '../driver/page.ts';
import { readList } from '../driver/read-list.ts';
import { addEntry } from '../queue/entry.ts';
import { toExclusion } from '../driver/visibility.ts';

/**
 * Stores events. Transactional outbox: an event and the entry that owes its deliveries are one document or
 * one ordered insert, so delivery is at-least-once. An event is never stored without its entry.
 */
export class MongoEventStore implements EventStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /**
   * Inserts in order, the event with the outbox entry first. If a crash interrupts the insert, the stored
   * events therefore have their entry. A duplicate ends the insert; the events after it become a new batch.
   */
  async insertMany(events: readonly AcceptedEvent[]): Promise<Insertion> {
    const batches: EventBatch[] = [];
    const duplicates = new Map<string, AcceptedEvent>();
    let rest = events;
    for (let first = rest[0]; first !== undefined; first = rest[0]) {
      const count = await this.#insertBatch(rest);
      if (count > 0) batches.push({ id: first.id, events: rest.slice(0, count) });
      if (count === rest.length) break;
      const rejected = rest[count];
      const stored = await this.#findStored(rest.slice(count));
      if (rejected === undefined || !stored.has(rejected.id)) {
        throw new Error('the event with the idempotency key was deleted between two reads');
      }
      rest = rest.slice(count).filter((event) => !stored.has(event.id));
      for (const [id, original] of stored) if (original.id !== id) duplicates.set(id, original);
    }
    return { batches, duplicates };
  }

  /** Returns the number of events before the first duplicate. */
  async #insertBatch(events: readonly AcceptedEvent[]): Promise<number> {
    const docs = events.map(toEventDoc);
    addEntry(docs, events);
    const [duplicate = docs.length] = await insertDocuments(this.#collections.events, docs, {
      ordered: true,
    });
    return duplicate;
  }

  /**
   * Returns the stored events that conflict with these, by the id of the new event. An event conflicts with
   * itself if the reply to its insert was lost and the insert is retried.
   */
  async #findStored(events: readonly AcceptedEvent[]): Promise<Map<string, AcceptedEvent>> {
    const found = await this.#collections.events
      .find({
        // A tombstone is no event: its publisher gets an error.
        ...notTombstone,
        $or: events.map(({ id, appId, idempotencyKey: key }) =>
          key === undefined ? { _id: id } : { appId, key },
        ),
      })
      .toArray();
    const byId = new Map(found.map((doc) => [doc._id, doc]));
    const byKey = new Map(found.map((doc) => [`${doc.appId} ${doc.key ?? ''}`, doc]));
    return new Map(
      events.flatMap(({ id, appId, idempotencyKey: key }): [string, AcceptedEvent][] => {
        const doc = key === undefined ? byId.get(id) : byKey.get(`${appId} ${key}`);
        return doc === undefined ? [] : [[id, toEvent(doc)]];
      }),
    );
  }

  async get(id: string): Promise<AcceptedEvent | undefined> {
    const doc = await this.#collections.events.findOne({ _id: id, ...notTombstone });
    return doc ? toEvent(doc) : undefined;
  }

  async getMany(ids: readonly string[]): Promise<Map<string, AcceptedEvent>> {
    const docs = await this.#collections.events.find({ _id: { $in: [...ids] }, ...notTombstone }).toArray();
    return new Map(docs.map((doc) => [doc._id, toEvent(doc)]));
  }

  async list(filter: VisibleOnly<EventFilter>, page: PageRequest): Promise<Page<AcceptedEvent>> {
    const plan = withoutTombstones(planList(eventMatches, eventIndexes, filter));
    const { docs, examinedTo } = await readList(this.#collections.events, plan, page);
    return continueAt(
      pageFrom(docs, page.limit, toEvent, (doc) => doc._id),
      examinedTo,
    );
  }
}

type Filters = VisibleOnly<EventFilter>;

/** One row per filter of `events.list`. Event ids sort by the time of acceptance. */
const eventMatches = {
  appId: (appId) => ({ appId }),
  accountId: (accountId) => ({ accountId }),
  excludedAppIds: toExclusion,
  event: (type) => ({ type }),
  since: (since) => ({ _id: { $gte: lowestIdAt('evt_', Date.parse(since)) } }),
  until: (until) => ({ _id: { $lt: lowestIdAt('evt_', Date.parse(until)) } }),
} satisfies FilterTable<Filters, Filter<EventDoc>>;

const enumerated = { event: { type: { $in: [...anyEventTypes] } } };

const eventIndexes: readonly ListIndex<Filters>[] = [
  { hint: 'by_app_type', needs: ['appId'], answers: ['appId', 'event', 'since', 'until'], enumerated },
  {
    hint: 'by_account_type',
    needs: ['accountId'],
    answers: ['accountId', 'event', 'since', 'until'],
    enumerated,
  },
  { hint: '_id_', answers: ['since', 'until'] },
];

/** Leaves out tombstones. The other indexes are read by type, and a tombstone has none. */
function withoutTombstones(plan: ListPlan): ListPlan {
  if (plan.hint !== '_id_') return plan;
  // The documents are read in any case, but a boundary from index keys alone.
  return plan.remaining.length === 0
    ? { ...plan, indexed: [...plan.indexed, notTombstone] }
    : { ...plan, remaining: [...plan.remaining, notTombstone] };
}
