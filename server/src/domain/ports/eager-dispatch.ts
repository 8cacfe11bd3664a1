import type { AcceptedEvent } from '../event.ts';
import type { EventBatch } from './event-store.ts';

/* How the ingester passes accepted events to the engine of the same process. Implemented by the engine. */

/**
 * Sends accepted events from memory. `reserve` comes before the events are stored and reserves places in
 * memory. For each reserved event, exactly one `commit` or `cancel` follows.
 */
export interface EagerDispatch {
  /**
   * Reserves places for the event's deliveries. False if the process has no room or does not send: the event
   * is found in the database by the owners of its partitions.
   */
  reserve(event: AcceptedEvent): boolean;
  /**
   * Dispatches a stored batch and releases the places that were reserved for its events. Tells other processes
   * about deliveries that they own.
   */
  commit(batch: EventBatch, isReserved: (event: AcceptedEvent) => boolean): void;
  /** Releases the reserved places: the event was not stored, or was stored before. */
  cancel(event: AcceptedEvent): void;
}
