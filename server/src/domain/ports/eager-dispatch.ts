import type { AcceptedEvent } from '../event.ts';
import type { EventBatch } from './event-store.ts';

/* How accepting gives events to the engine of its own process. The engine keeps this port. */

/**
 * Where accepted events go that are sent by this process. `reserve` is asked before the commit and holds a place in
 * memory; exactly one of `commit` and `cancel` follows.
 */
export interface EagerDispatch {
  /** False when this process has no room or sends nothing: the event then waits in the queue for any worker. */
  reserve(event: AcceptedEvent): boolean;
  /** The webhook for whose sake there was no room: its queue in memory is full. */
  firstFullQueue(event: AcceptedEvent): string | undefined;
  /** A lease that begins now. */
  lease(): Lease;
  commit(batch: EventBatch, lease: Lease): void;
  cancel(event: AcceptedEvent): void;
}

export interface Lease {
  readonly token: string;
  /** Epoch ms by the database's clock. */
  readonly until: number;
}
