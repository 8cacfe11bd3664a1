import type { AcceptedEvent } from '../event.ts';
import type { Lease } from './delivery-queue.ts';
import type { EventBatch } from './event-store.ts';

/* How the ingester passes accepted events to the engine of the same process. Implemented by the engine. */

/**
 * Sends accepted events without a claim. `reserve` comes before the events are stored and reserves places in
 * memory. For each reserved event, exactly one `commit` or `cancel` follows.
 */
export interface EagerDispatch {
  /** False if the process has no room or does not send: the event waits in the outbox for any process. */
  reserve(event: AcceptedEvent): boolean;
  /** The first target whose in-memory queue is full, if any. */
  firstFullQueue(event: AcceptedEvent): string | undefined;
  /** Returns a lease that starts now. */
  lease(): Lease;
  /** Dispatches stored events. */
  commit(batch: EventBatch, lease: Lease): void;
  /** Gives the reserved places back: the event was not stored, or was stored before. */
  cancel(event: AcceptedEvent): void;
}
