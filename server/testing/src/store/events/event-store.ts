import type { EventFilter, Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../../../../src/domain/event.ts';
import { lowestIdAt } from '../../../../src/domain/ids.ts';
import { toPartition } from '../../../../src/domain/partition.ts';
import type {
  EventBatch,
  EventStore,
  Insertion,
  InsertOptions,
} from '../../../../src/domain/ports/event-store.ts';
import type { PageRequest, VisibleOnly } from '../../../../src/domain/ports/page-request.ts';
import { toPredicate, type FilterTable } from '../filter-table.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { StoredEvent } from '../stored-objects.ts';
import { takeMatching, toPage } from '../take-page.ts';
import { toEvent } from './to-event.ts';

type Filters = VisibleOnly<EventFilter>;

/** Stores events together with the entry that owes their deliveries. */
export class MemoryEventStore implements EventStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async insertMany(
    events: readonly AcceptedEvent[],
    { findSender, findSequence }: InsertOptions = {},
  ): Promise<Insertion> {
    const batches: EventBatch[] = [];
    const duplicates = new Map<string, AcceptedEvent>();
    const tooLate = new Set<string>();
    const stopped = new Set<object>();
    for (const group of groupBySender(events, findSender)) {
      const taken: AcceptedEvent[] = [];
      for (const event of group) {
        const stored = this.#database.events.findByKey(event) ?? this.#database.events.get(event.id);
        const sequence = findSequence?.(event);
        const isStopped = sequence !== undefined && stopped.has(sequence);
        if (stored === undefined && (isStopped || this.#database.tombstones.has(event.id))) {
          tooLate.add(event.id);
          if (sequence !== undefined) stopped.add(sequence);
        } else if (stored === undefined) {
          taken.push(event);
          this.#database.events.set(event.id, { ...toEvent(event), batchId: taken[0]?.id ?? event.id });
        } else if (stored.id !== event.id) duplicates.set(event.id, toEvent(stored));
      }
      const [first] = taken;
      if (first === undefined) continue;
      this.#openEntry(first, taken);
      this.#database.commits.append(taken);
      batches.push({ id: first.id, events: taken });
    }
    return { batches, duplicates, tooLate: tooLate.size > 0 ? tooLate : undefined };
  }

  /** Events without targets need no entry, but are part of one that others need. */
  #openEntry({ id, acceptedAt }: AcceptedEvent, events: readonly AcceptedEvent[]): void {
    const open = new Set(events.flatMap(({ targets }) => targets.map(toPartition)));
    if (open.size === 0) return;
    this.#database.entries.set(id, {
      id,
      eventIds: events.map((event) => event.id),
      owners: events.map(({ appId, accountId }) => ({ appId, accountId })),
      acceptedAt,
      open: [...open],
    });
  }

  async get(id: string): Promise<AcceptedEvent | undefined> {
    const stored = this.#database.events.get(id);
    return stored === undefined ? undefined : toEvent(stored);
  }

  async getMany(ids: readonly string[]): Promise<Map<string, AcceptedEvent>> {
    const found = new Map<string, AcceptedEvent>();
    for (const id of ids) {
      const stored = this.#database.events.get(id);
      if (stored !== undefined) found.set(id, toEvent(stored));
    }
    return found;
  }

  async list(filter: Filters, { cursor, limit }: PageRequest): Promise<Page<AcceptedEvent>> {
    const range = {
      from: filter.since === undefined ? undefined : lowestIdAt('evt_', Date.parse(filter.since)),
      below: cursor,
    };
    const newestFirst = this.#database.events.descending(range);
    return toPage(takeMatching(newestFirst, toPredicate(eventMatches, filter), limit + 1), limit, toEvent);
  }
}

/** One row per filter of `events.list`. Event ids sort by the time of acceptance. */
const eventMatches: FilterTable<Filters, StoredEvent> = {
  appId: (event, appId) => event.appId === appId,
  accountId: (event, accountId) => event.accountId === accountId,
  excludedAppIds: (event, appIds) => !appIds.includes(event.appId),
  event: (event, type) => event.type === type,
  since: (event, since) => event.id >= lowestIdAt('evt_', Date.parse(since)),
  until: (event, until) => event.id < lowestIdAt('evt_', Date.parse(until)),
};

/** Groups events by their senders. The events of an app stay together, in their order. */
function groupBySender(
  events: readonly AcceptedEvent[],
  findSender: InsertOptions['findSender'],
): Iterable<readonly AcceptedEvent[]> {
  if (findSender === undefined) return [events];
  const senders = new Map<string, string | undefined>();
  const groups = new Map<string | undefined, AcceptedEvent[]>();
  for (const event of events) {
    if (!senders.has(event.appId)) senders.set(event.appId, findSender(event));
    const sender = senders.get(event.appId);
    const group = groups.get(sender);
    if (group === undefined) groups.set(sender, [event]);
    else group.push(event);
  }
  return groups.values();
}
