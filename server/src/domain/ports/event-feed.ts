import type { AcceptedEvent } from '../event.ts';
import type { Visibility } from './page-request.ts';

/** Live events of all processes, in the order in which they became durable. */
export interface EventFeed {
  /**
   * Reads events in order. Applies backpressure: reads ahead only a bounded number of events. Ends when
   * `signal` aborts. Each running read holds a cursor of the database open.
   *
   * @throws INVALID_INPUT if the cursor is malformed, or older than the database can resume from.
   * @throws UNAVAILABLE if the database cannot be reached.
   */
  read(query: FeedQuery, signal: AbortSignal): AsyncIterable<FeedItem>;
  /** Returns the time of a cursor, epoch ms. Undefined if it is malformed. Checks no more than its form. */
  findTime(cursor: string): number | undefined;
}

export interface FeedQuery {
  readonly filter: FeedFilter;
  /** Starts after this cursor. Undefined: from now on. */
  readonly after: string | undefined;
  /** While there are no events, a cursor is yielded at the start and each time this has passed, ms. */
  readonly idleMs: number;
}

export interface FeedFilter extends Pick<Visibility, 'accountId' | 'appId'> {
  /** Event types, or patterns such as `invoice.*`. Undefined: all types. */
  readonly types: readonly string[] | undefined;
}

/** The fields of an event that subscribers see, and those that decide who sees it. */
export type FeedEvent = Pick<
  AcceptedEvent,
  'id' | 'appId' | 'accountId' | 'type' | 'timestamp' | 'dataText' | 'acceptedAt'
>;

export interface FeedItem {
  /**
   * Opaque, but comparable as text: a later item of any reader has a higher cursor. A reader that resumes
   * after it misses and repeats nothing, also in another process or after a restart.
   */
  readonly cursor: string;
  /** Undefined if the item only advances the cursor. */
  readonly event: FeedEvent | undefined;
}
