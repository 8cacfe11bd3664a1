import type { FeedEvent, FeedItem } from '../../../domain/ports/event-feed.ts';

export interface LiveEvent {
  readonly cursor: string;
  readonly event: FeedEvent;
  /** Estimated memory of the event. */
  readonly bytes: number;
}

export interface RecentEventsLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** Memory of an event besides its data: ids, timestamp, cursor and objects. */
const overheadBytes = 512;

export function toLiveEvent(cursor: string, event: FeedEvent): LiveEvent {
  return { cursor, event, bytes: event.dataText.length + overheadBytes };
}

/**
 * The most recent events of the shared stream, oldest first. It is complete from its start to its position: a
 * reader with a cursor between them finds every event that it has missed here.
 */
export class RecentEvents {
  readonly #limits: RecentEventsLimits;
  #events: LiveEvent[] = [];
  /** Index of the oldest event. The places before it are empty. */
  #head = 0;
  #bytes = 0;
  #start: string | undefined;
  #position: string | undefined;

  constructor(limits: RecentEventsLimits) {
    this.#limits = limits;
  }

  /** Cursor of the last item of the stream. Undefined before the first one. */
  get position(): string | undefined {
    return this.#position;
  }

  /** Forgets all events and starts after `cursor`; without a cursor, waits for the first item. */
  reset(cursor: string | undefined): void {
    this.#events = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#start = cursor;
    this.#position = cursor;
  }

  add({ cursor, event }: FeedItem): LiveEvent | undefined {
    if (this.#position === undefined || cursor <= this.#position) return undefined;
    this.#position = cursor;
    if (event === undefined) return undefined;
    const added = toLiveEvent(cursor, event);
    this.#events.push(added);
    this.#bytes += added.bytes;
    this.#evict();
    return added;
  }

  /** Whether all events after a cursor are here, or still come. */
  isFollowedBy(cursor: string): boolean {
    return this.#start !== undefined && this.#start <= cursor;
  }

  /** Yields the events after `cursor`, oldest first. */
  *after(cursor: string): Generator<LiveEvent> {
    for (let index = this.#findIndexAfter(cursor); index < this.#events.length; index++) {
      const found = this.#events[index];
      if (found !== undefined) yield found;
    }
  }

  #findIndexAfter(cursor: string): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.cursor ?? '') <= cursor) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #evict(): void {
    const { maxEvents, maxBytes } = this.#limits;
    while (this.#events.length - this.#head > maxEvents || this.#bytes > maxBytes) {
      const oldest = this.#events[this.#head];
      if (oldest === undefined) return;
      this.#bytes -= oldest.bytes;
      this.#start = oldest.cursor;
      this.#head++;
    }
    if (this.#head > maxEvents) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }
}
