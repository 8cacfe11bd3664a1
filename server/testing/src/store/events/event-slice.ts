import type { SliceLimits } from '../../../../src/domain/ports/reconciliation-store.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { KeyRange } from '../sorted-map.ts';
import type { StoredEvent } from '../stored-objects.ts';

export interface EventSlice<TEvent> {
  /** In the order of their ids. */
  readonly events: readonly TEvent[];
  /** The first event behind the slice. Undefined: there is none. */
  readonly next: string | undefined;
}

/** Reads the first events of a range by id. Bounded by deliveries too, because one event can owe thousands. */
export function readEventSlice(
  { events }: MemoryDatabase,
  range: KeyRange,
  limits: SliceLimits,
): EventSlice<StoredEvent> {
  const taken: StoredEvent[] = [];
  let deliveries = 0;
  for (const event of events.ascending(range)) {
    if (taken.length >= limits.events || deliveries >= limits.deliveries) {
      return { events: taken, next: event.id };
    }
    taken.push(event);
    deliveries += Math.max(1, event.targets.length);
  }
  return { events: taken, next: undefined };
}
