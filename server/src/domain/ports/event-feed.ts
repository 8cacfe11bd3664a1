import type { AcceptedEvent } from '../event.ts';
import type { Visibility } from './page-request.ts';

/** Live events of all processes, in the order in which they became durable. */
export interface EventFeed {
  /**
   * Reads events after the cursor `after`. Undefined: from now on. Applies backpressure: reads ahead only a
   * bounded number of events. Yields a cursor at the start and about every second without events. Ends when
   * `signal` aborts.
   *
   * @throws INVALID_INPUT if the cursor is malformed, or older than the database can resume from.
   */
  read(filter: FeedFilter, after: string | undefined, signal: AbortSignal): AsyncIterable<FeedItem>;
}

export interface FeedFilter extends Pick<Visibility, 'accountId' | 'appId'> {
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined;
}

export interface FeedItem {
  /**
   * Opaque. A reader that resumes after it misses and repeats nothing, also in another process or after a
   * restart.
   */
  readonly cursor: string;
  /** Undefined if the item only advances the cursor. */
  readonly event: AcceptedEvent | undefined;
}
