import type { AcceptedEvent } from '../../domain/event.ts';
import type { WorkSignal } from './work-signal.ts';

export interface MemoryLimits {
  /** Deliveries in memory, queued or in flight. */
  readonly maxInMemory: number;
  /** Bytes of event data in memory. */
  readonly maxBytes: number;
}

/**
 * Limits what this process holds in memory (backpressure). Events beyond the limits wait in the outbox.
 *
 * A place is reserved for each delivery of an event before the event is stored, so that an event stored under
 * a lease of this process finds room. An endpoint queue can still fill up in between.
 *
 * The byte count is an estimate: it counts the payload's length once per delivery, though deliveries of one
 * event share the text, and it does not count reserved events.
 */
export class MemoryBudget {
  readonly #limits: MemoryLimits;
  readonly #workSignal: Pick<WorkSignal, 'raise'>;
  /** Deliveries of events that are being stored. */
  #reserved = 0;
  /** Deliveries that entered and have not left: queued and in flight. */
  #deliveries = 0;
  #bytes = 0;
  #isHalfAwaited = false;

  constructor(limits: MemoryLimits, workSignal: Pick<WorkSignal, 'raise'>) {
    this.#limits = limits;
    this.#workSignal = workSignal;
  }

  /** Places without a delivery. Some of them can be reserved. */
  get free(): number {
    return this.#limits.maxInMemory - this.#deliveries;
  }

  /**
   * Places neither taken nor reserved. Negative if a claim brought more deliveries than there was room for.
   */
  get room(): number {
    return this.free - this.#reserved;
  }

  get #isHalfFree(): boolean {
    return this.room > this.#limits.maxInMemory / 2;
  }

  hasRoomFor(event: AcceptedEvent): boolean {
    return this.room >= event.targets.length && this.#bytes + event.dataText.length <= this.#limits.maxBytes;
  }

  /** Reserves a place for each delivery of the event. */
  reserve(event: AcceptedEvent): void {
    this.#reserved += event.targets.length;
  }

  unreserve(event: AcceptedEvent): void {
    this.#reserved -= event.targets.length;
  }

  /** Adds one delivery of the event. */
  enter(event: AcceptedEvent): void {
    this.#deliveries++;
    this.#bytes += event.dataText.length;
  }

  /** Removes one delivery of the event. */
  leave(event: AcceptedEvent): void {
    this.#deliveries--;
    this.#bytes -= event.dataText.length;
    if (this.#isHalfAwaited && this.#isHalfFree) {
      this.#isHalfAwaited = false;
      this.#workSignal.raise();
    }
  }

  /** Raises the work signal once, when half of the places are free. */
  signalWhenHalfFree(): void {
    this.#isHalfAwaited = true;
  }
}
