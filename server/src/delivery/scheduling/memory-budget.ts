import type { AcceptedEvent } from '../../domain/event.ts';
import type { Dispatcher } from './dispatcher.ts';

export interface MemoryLimits {
  /** Deliveries in memory at most, waiting or in flight. */
  readonly maxInMemory: number;
  /** Bytes of event data in memory at most. */
  readonly maxBytes: number;
}

/**
 * What this process may still take into memory. Places are reserved for an event before it is stored, so that what was
 * stored under a lease of ours finds them; its endpoint queues may be full by then all the same.
 *
 * Bytes are a brake against large events and no account: they are the length of the text, counted for each delivery though
 * those of one event share it, and not before it enters.
 */
export class MemoryBudget {
  readonly #limits: MemoryLimits;
  readonly #dispatcher: Pick<Dispatcher, 'queued' | 'inFlight'>;
  /** Deliveries of events that are on their way into the database. */
  #reserved = 0;
  #bytes = 0;

  constructor(limits: MemoryLimits, dispatcher: Pick<Dispatcher, 'queued' | 'inFlight'>) {
    this.#limits = limits;
    this.#dispatcher = dispatcher;
  }

  /** Deliveries that can be taken; below zero when claimed batches were larger than what was asked for. */
  get room(): number {
    return this.#limits.maxInMemory - this.#reserved - this.#dispatcher.queued - this.#dispatcher.inFlight;
  }

  get isHalfFree(): boolean {
    return this.room > this.#limits.maxInMemory / 2;
  }

  hasRoomFor(event: AcceptedEvent): boolean {
    return this.room >= event.targets.length && this.#bytes + event.dataText.length <= this.#limits.maxBytes;
  }

  reserve(event: AcceptedEvent): void {
    this.#reserved += event.targets.length;
  }

  unreserve(event: AcceptedEvent): void {
    this.#reserved -= event.targets.length;
  }

  /** This and the next: one delivery of the event has come into memory, and left it. */
  entered(event: AcceptedEvent): void {
    this.#bytes += event.dataText.length;
  }

  left(event: AcceptedEvent): void {
    this.#bytes -= event.dataText.length;
  }
}
