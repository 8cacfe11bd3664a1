import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';
import type { EventBatch, Insertion } from '../../../../server/src/domain/ports/event-store.ts';
import { DatabaseError, type EventDoc, type Network, type SimulatedDatabase } from './database.ts';

const recheckMs = 50;
const timeLimitMs = 9_000;

/** Stores events like the event store in MongoDB: ordered inserts, whose first event carries the entry. */
export class SimulatedEventStore {
  readonly #database: SimulatedDatabase;
  readonly #network: Network;

  constructor(database: SimulatedDatabase, network: Network) {
    this.#database = database;
    this.#network = network;
  }

  async insertMany(events: readonly AcceptedEvent[]): Promise<Insertion> {
    const deadline = performance.now() + timeLimitMs;
    const batches: EventBatch[] = [];
    const duplicates = new Map<string, AcceptedEvent>();
    let rest = events;
    for (let first = rest[0]; first !== undefined; first = rest[0]) {
      const count = await this.#insertBatch(rest);
      if (count > 0) batches.push({ id: first.id, events: rest.slice(0, count) });
      rest = rest.slice(count);
      const [rejected] = rest;
      if (rejected === undefined) break;
      const stored = await this.#findStored(rest);
      for (const [id, original] of stored) if (original.id !== id) duplicates.set(id, original);
      rest = rest.filter((event) => !stored.has(event.id));
      if (!stored.has(rejected.id)) {
        rest = [...rest.slice(1), rejected];
        if (performance.now() > deadline) throw new DatabaseError('deadline');
        await new Promise((resolve) => setTimeout(resolve, recheckMs));
      }
    }
    return { batches, duplicates };
  }

  /** Returns the number of events before the first duplicate. */
  async #insertBatch(events: readonly AcceptedEvent[]): Promise<number> {
    try {
      return await this.#insert(events);
    } catch (error) {
      if (error instanceof DatabaseError && error.isPrimaryLost) return await this.#insert(events);
      throw error;
    }
  }

  async #insert(events: readonly AcceptedEvent[]): Promise<number> {
    const { events: collection } = this.#database;
    const ids = events.map(({ id }) => id);
    const open = [...new Set(events.flatMap(({ targets }) => targets.map(toPartition)))];
    let count = 0;
    let isEnded = false;
    const steps = events.map((event, index) => () => {
      isEnded ||= this.#isDuplicate(event);
      if (isEnded) return;
      count++;
      const isCarrier = index === 0 && open.length > 0;
      const doc: EventDoc = { id: event.id, event };
      const entry = { open, batch: ids.length === 1 ? undefined : ids };
      this.#database.write<EventDoc>(collection, isCarrier ? { ...doc, ...entry } : doc);
    });
    await this.#database.call(this.#network, steps, 'majority');
    return count;
  }

  #isDuplicate({ id, appId, idempotencyKey }: AcceptedEvent): boolean {
    const { current } = this.#database.events;
    if (current.has(id)) return true;
    if (idempotencyKey === undefined) return false;
    return [...current.values()].some(
      ({ event }) => event?.appId === appId && event.idempotencyKey === idempotencyKey,
    );
  }

  async #findStored(events: readonly AcceptedEvent[]): Promise<Map<string, AcceptedEvent>> {
    const [found = new Map<string, AcceptedEvent>()] = await this.#database.call(this.#network, [
      () => {
        const { durable } = this.#database.events;
        const stored = new Map<string, AcceptedEvent>();
        for (const { id, appId, idempotencyKey: key } of events) {
          const own = durable.get(id);
          if (own !== undefined && own.event === undefined) throw new Error('too late');
          const original =
            key === undefined
              ? own?.event
              : [...durable.values()].find(
                  ({ event }) => event?.appId === appId && event.idempotencyKey === key,
                )?.event;
          if (original !== undefined) stored.set(id, original);
        }
        return stored;
      },
    ]);
    return found;
  }
}
