import type { AcceptedEvent } from '../event.ts';

/** Events in the order in which they became durable, over all processes. */
export interface EventFeed {
  /**
   * Reads on after `after`, or from now. Reads no further ahead than it is asked for, so a slow reader costs no memory.
   * Gives its place at the start and about every second without events. Ends with `signal`; throws INVALID_INPUT for a
   * cursor that is malformed or older than what the database remembers.
   */
  read(filter: FeedFilter, after: string | undefined, signal: AbortSignal): AsyncIterable<FeedItem>;
}

export interface FeedFilter {
  /** Undefined: of all apps. */
  readonly appIds: readonly string[] | undefined;
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined;
}

/** What a live reader is given: an event, or only how far it has come when there was none for a while. */
export interface FeedItem {
  /** Opaque. Reading on after it misses nothing and repeats nothing, also in another process and after a restart. */
  readonly cursor: string;
  readonly event: AcceptedEvent | undefined;
}
