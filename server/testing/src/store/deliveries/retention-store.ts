import { lowestIdAt, toDeliveryId } from '../../../../src/domain/ids.ts';
import type { PurgeStep, RetentionStore } from '../../../../src/domain/ports/bulk-stores.ts';
import { readEventSlice } from '../events/event-slice.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { KeyRange } from '../sorted-map.ts';
import type { StoredDelivery, StoredEvent } from '../stored-objects.ts';
import { takeMatching } from '../take-page.ts';
import { isInOutbox } from './in-flight-deliveries.ts';

/** Removes what is old by id, because ids sort by time. */
export class MemoryRetentionStore implements RetentionStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async purgeEvents(before: number, after: string | undefined, limit: number): Promise<PurgeStep> {
    const range = { after, below: lowestIdAt('evt_', before) };
    const { events: old, next } = readEventSlice(this.#database, range, { events: limit, deliveries: limit });
    let deliveries = 0;
    let events = 0;
    for (const event of old) {
      if (isInOutbox(this.#database, event.id)) continue;
      const ids = toDeliveryIds(event);
      deliveries += ids.filter((id) => this.#deleteFinal(id)).length;
      if (ids.some((id) => this.#database.deliveries.has(id))) continue;
      this.#database.events.delete(event.id);
      events++;
    }
    const last = next === undefined ? undefined : old.at(-1)?.id;
    events += this.#deleteTombstones({ ...range, ...(last === undefined ? {} : { to: last }) });
    return { events, deliveries, next: last };
  }

  async purgeDeliveries(before: number, after: string | undefined, limit: number): Promise<PurgeStep> {
    const range = { after, below: lowestIdAt('dlv_', before) };
    const old = takeMatching(this.#database.deliveries.ascending(range), () => true, limit);
    const removed = old.filter(
      ({ id, eventId }) => !isInOutbox(this.#database, eventId) && this.#deleteFinal(id),
    );
    return {
      events: 0,
      deliveries: removed.length,
      next: old.length < limit ? undefined : old.at(-1)?.id,
    };
  }

  async purgeReplays(before: number, limit: number): Promise<number> {
    const { replays } = this.#database;
    const range = { below: lowestIdAt('rpl_', before) };
    const old = takeMatching(replays.ascending(range), ({ status }) => status !== 'running', limit);
    for (const { id } of old) replays.delete(id);
    return old.length;
  }

  /** Returns whether there was such a delivery. */
  #deleteFinal(id: string): boolean {
    const { deliveries } = this.#database;
    return isFinal(deliveries.get(id)) && deliveries.delete(id);
  }

  #deleteTombstones(range: KeyRange): number {
    const old = [...this.#database.tombstones.ascending(range)];
    for (const { id } of old) this.#database.tombstones.delete(id);
    return old.length;
  }
}

function isFinal(delivery: StoredDelivery | undefined): boolean {
  return delivery !== undefined && delivery.status !== 'pending';
}

/** The deliveries that an event can have. A test ping has one without a target. */
function toDeliveryIds({ id, targets }: StoredEvent): string[] {
  return targets.length === 0 ? [toDeliveryId(id, 0)] : targets.map((_, index) => toDeliveryId(id, index));
}
