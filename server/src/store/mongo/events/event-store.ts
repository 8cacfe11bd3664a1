import { setTimeout } from 'node:timers/promises';
import type { Filter } from 'mongodb';
import type { EventFilter, Page } from '@tocsin/shared';
import { apiError, TocsinError } from '../../../domain/errors.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { EventBatch, EventStore, Insertion, InsertOptions } from '../../../domain/ports/event-store.ts';
import type { PageRequest, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { notTombstone, toEvent, toEventDoc, type EventDoc } from '../documents/event.ts';
import { isDocumentTooLarge } from '../driver/document-size.ts';
import { insertDocuments } from '../driver/insert-documents.ts';
import { planList, type ListIndex, type ListPlan } from '../driver/list-plan.ts';
import type { FilterTable } from '../driver/match-filter.ts';
import { continueAt, pageFrom } from '../driver/page.ts';
import { readMergedList } from '../driver/read-list.ts';
import { addEntry } from '../queue/entry.ts';
import { storeLimits } from '../driver/time-limits.ts';
import { toExclusion } from '../driver/visibility.ts';
import { ensureOwed } from './ensure-owed.ts';
import { planAllTypes, type EventScope } from './types-in-use.ts';

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
   * Inserts in order, the event with the entry first in each group. If a crash interrupts the insert, the stored
   * events therefore have their entry. A duplicate ends the insert. One read then finds all duplicates among the
   * events after it, so that the rest, in a new insert, usually meets no other.
   */
  async insertMany(
    events: readonly AcceptedEvent[],
    { deadline = performance.now() + storeLimits.write, findSender, findSequence }: InsertOptions = {},
  ): Promise<Insertion> {
    const batches: EventBatch[] = [];
    const duplicates = new Map<string, AcceptedEvent>();
    const tooLate = new Set<string>();
    let rest = groupBySender(events, findSender);
    while (rest.length > 0) {
      const count = await this.#insertGroups(rest, deadline);
      const { taken, left } = splitGroups(rest, count);
      for (const group of taken) if (group[0]) batches.push({ id: group[0].id, events: group });
      const rejected = left[0]?.[0];
      if (rejected === undefined) break;
      const conflicts = await this.#findConflicts(left.flat());
      const stopped = new Set<object>();
      for (const event of left.flat()) {
        const conflict = conflicts.get(event.id);
        const sequence = findSequence?.(event);
        if (conflict === undefined) {
          if (sequence !== undefined && stopped.has(sequence)) tooLate.add(event.id);
        } else if (conflict === 'tombstone') {
          tooLate.add(event.id);
          if (sequence !== undefined) stopped.add(sequence);
        } else if (conflict.id !== event.id) duplicates.set(event.id, conflict);
      }
      rest = keepEvents(left, ({ id }) => !conflicts.has(id) && !tooLate.has(id));
      if (!conflicts.has(rejected.id)) {
        // Last, so that the others need not wait for it, except those of its ordered call.
        const sequence = findSequence?.(rejected);
        const isLast = (event: AcceptedEvent): boolean =>
          event === rejected || (sequence !== undefined && findSequence?.(event) === sequence);
        rest = [...keepEvents(rest, (event) => !isLast(event)), ...keepEvents(rest, isLast)];
        await waitForMajority(rejected, deadline);
      }
    }
    return { batches, duplicates, tooLate: tooLate.size > 0 ? tooLate : undefined };
  }

  /** Inserts groups, each with its own entry. Returns the number of events before the first duplicate. */
  async #insertGroups(groups: readonly (readonly AcceptedEvent[])[], deadline: number): Promise<number> {
    const docs = groups.flatMap((events) => {
      const some = events.map(toEventDoc);
      addEntry(some, events);
      return some;
    });
    try {
      const options = { ordered: true, deadline };
      const [duplicate = docs.length] = await insertDocuments(this.#collections.events, docs, options);
      return duplicate;
    } catch (error) {
      if (docs.length === 1 && isDocumentTooLarge(error)) throw tooLargeError(docs, error);
      throw error;
    }
  }

  /**
   * Returns what these events conflict with, by their ids: a stored event, or a tombstone under their own id. An
   * event conflicts with itself if the reply to its insert was lost and the insert is retried.
   *
   * Reads what a majority has. The caller tells a publisher that its event is stored, and an event that only
   * the primary has can be rolled back. For the same reason, makes sure that its deliveries are owed.
   */
  async #findConflicts(events: readonly AcceptedEvent[]): Promise<Map<string, AcceptedEvent | 'tombstone'>> {
    const found = await this.#collections.events
      .find({ $or: toConflictFilters(events) }, { readConcern: { level: 'majority' } })
      .toArray();
    await ensureOwed(
      this.#collections,
      found.filter((doc) => doc.tombstone === undefined),
      Math.max(...events.map(({ acceptedAt }) => acceptedAt)),
    );
    const byId = new Map(found.map((doc) => [doc._id, doc]));
    const byKey = new Map(found.map((doc) => [`${doc.appId} ${doc.key ?? ''}`, doc]));
    return new Map(
      events.flatMap(({ id, appId, idempotencyKey: key }): [string, AcceptedEvent | 'tombstone'][] => {
        const doc = (key === undefined ? undefined : byKey.get(`${appId} ${key}`)) ?? byId.get(id);
        if (doc === undefined) return [];
        return [[id, doc.tombstone === true ? 'tombstone' : toEvent(doc)]];
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
    const scope = filter.event === undefined ? toScope(filter) : undefined;
    const plans = scope === undefined ? [plan] : await planAllTypes(this.#collections, scope, plan);
    const { docs, examinedTo } = await readMergedList(this.#collections.events, plans, page);
    return continueAt(
      pageFrom(docs, page.limit, toEvent, (doc) => doc._id),
      examinedTo,
    );
  }
}

type Groups = readonly (readonly AcceptedEvent[])[];

/** Groups events by their senders. The events of an app stay together, in their order. */
function groupBySender(events: readonly AcceptedEvent[], findSender: InsertOptions['findSender']): Groups {
  if (findSender === undefined || events.length === 1) return [events];
  const groups = new Map<string | undefined, AcceptedEvent[]>();
  const byApp = new Map<string, AcceptedEvent[]>();
  for (const event of events) {
    let group = byApp.get(event.appId);
    if (group === undefined) {
      const sender = findSender(event);
      group = groups.get(sender) ?? [];
      groups.set(sender, group);
      byApp.set(event.appId, group);
    }
    group.push(event);
  }
  return [...groups.values()];
}

/** Divides groups after a number of events. */
function splitGroups(groups: Groups, count: number): { readonly taken: Groups; readonly left: Groups } {
  const taken: (readonly AcceptedEvent[])[] = [];
  const left: (readonly AcceptedEvent[])[] = [];
  let rest = count;
  for (const group of groups) {
    if (rest > 0) taken.push(group.slice(0, rest));
    if (rest < group.length) left.push(group.slice(Math.max(0, rest)));
    rest -= group.length;
  }
  return { taken, left };
}

function keepEvents(groups: Groups, isKept: (event: AcceptedEvent) => boolean): Groups {
  return groups.map((group) => group.filter(isKept)).filter((group) => group.length > 0);
}

/** Between two tries to find what an insert conflicts with, ms. */
const conflictRetryMs = 50;

/**
 * Waits before another try. An event that an insert conflicts with is missing in a majority read if it is not
 * replicated yet, or if it was deleted in the meantime.
 */
async function waitForMajority({ id }: AcceptedEvent, deadline: number): Promise<void> {
  if (performance.now() + conflictRetryMs > deadline) {
    const message = `a majority of the database does not have the event that ${id} conflicts with`;
    throw new TocsinError('UNAVAILABLE', message, { retryAfterSeconds: 2 });
  }
  await setTimeout(conflictRetryMs);
}

/** Filters for events with the ids or the idempotency keys of these, few for any number of events. */
function toConflictFilters(events: readonly AcceptedEvent[]): Filter<EventDoc>[] {
  const keysByApp = new Map<string, string[]>();
  for (const { appId, idempotencyKey: key } of events) {
    const keys = keysByApp.get(appId);
    if (key === undefined) continue;
    if (keys === undefined) keysByApp.set(appId, [key]);
    else keys.push(key);
  }
  const byKey = [...keysByApp].map(([appId, keys]): Filter<EventDoc> => ({ appId, key: { $in: keys } }));
  return [{ _id: { $in: events.map(({ id }) => id) } }, ...byKey];
}

/** The event's data has a limit, so only its targets can make it too large. */
function tooLargeError([doc]: readonly EventDoc[], cause: unknown): TocsinError {
  const message = `the event is too large for one document of the database: it has ${doc?.targets.length ?? 0} targets`;
  return apiError('PAYLOAD_TOO_LARGE', message, cause);
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

const eventIndexes: readonly ListIndex<Filters>[] = [
  { hint: 'by_app_type', needs: ['appId'], answers: ['appId', 'event', 'since', 'until'] },
  { hint: 'by_account_type', needs: ['accountId'], answers: ['accountId', 'event', 'since', 'until'] },
  { hint: '_id_', answers: ['since', 'until'] },
];

/** What the index of a filter is read for. Undefined: the filter is for all accounts, in the order of the ids. */
function toScope({ appId, accountId }: Filters): EventScope | undefined {
  if (appId !== undefined) return { appId };
  return accountId === undefined ? undefined : { accountId };
}

/** Leaves out tombstones. The other indexes are read by type, and a tombstone has none. */
function withoutTombstones(plan: ListPlan): ListPlan {
  if (plan.hint !== '_id_') return plan;
  // The documents are read in any case, but a boundary from index keys alone.
  return plan.remaining.length === 0
    ? { ...plan, indexed: [...plan.indexed, notTombstone] }
    : { ...plan, remaining: [...plan.remaining, notTombstone] };
}
