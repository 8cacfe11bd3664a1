import type { BuiltInEvents, EventName, EventSelector, EventType, SelectedName } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import type { TocsinClientError } from '../errors.ts';
import type { SelectorArg, StreamEvent } from '../subscribe/subscribe.ts';

/** An event of the feed. `K` is its type and `E` the map of events. */
export type FeedEvent<K = EventType, E = BuiltInEvents> = StreamEvent<K, E>;

/** Selects a page of the feed. `S` is the names and patterns of its types. */
export interface FeedReadInput<S extends string = EventSelector<BuiltInEvents>> {
  /**
   * Starts after this cursor, of an event or a page. Wins over the stored cursor of `consumer`.
   * @default none
   */
  readonly after?: string | undefined;
  /**
   * Starts after the cursor that this consumer committed last.
   * @default none
   */
  readonly consumer?: string | undefined;
  /**
   * Where to start without a cursor: `oldest` is as far back as retention, `newest` is after all events that
   * exist now.
   * @default 'oldest'
   */
  readonly start?: 'oldest' | 'newest' | undefined;
  /**
   * Only events of these types, as names or patterns.
   * @default all types, including those that this version of the package does not know
   */
  readonly types?: readonly S[] | undefined;
  /**
   * Maximum number of events, 1 to 1,000. Large events make a page shorter.
   * @default 100
   */
  readonly limit?: number | undefined;
  /**
   * How long to wait for an event if there is none, in ms, at most 30,000 and 80 % of `attemptTimeoutMs`.
   * @default 0
   */
  readonly waitMs?: number | undefined;
}

/** A page of the feed. */
export interface FeedPage<TEvent = FeedEvent> {
  /** The events, in the order of their commits. */
  readonly items: readonly TEvent[];
  /** Continues after this page. It also advances past events of other types, so store this one. */
  readonly cursor: string;
  /** Whether events may follow at once. False: the feed has been read to its end. */
  readonly hasMore: boolean;
}

/** A failure that a consumer retries. */
export interface FeedRetry {
  readonly error: TocsinClientError;
  /** Number of consecutive failures, from 1. */
  readonly failures: number;
  /** Time until the next attempt, in ms. */
  readonly waitMs: number;
}

/** Options of `consumer`. `S` is the names and patterns of its types. */
export interface FeedConsumerOptions<S extends string = EventSelector<BuiltInEvents>> {
  /**
   * Only events of these types, as names or patterns.
   * @default all types, including those that this version of the package does not know
   */
  readonly types?: readonly S[] | undefined;
  /**
   * Where a consumer without a stored cursor starts: `oldest` is as far back as retention, `newest` is after all
   * events that exist now.
   * @default 'oldest'
   */
  readonly start?: 'oldest' | 'newest' | undefined;
  /**
   * Starts after this cursor instead of the stored one. For a cursor that you store yourself.
   * @default the stored cursor
   */
  readonly after?: string | undefined;
  /**
   * Maximum number of events in a request and in a batch, 1 to 1,000. Memory holds two batches.
   * @default 100
   */
  readonly batchSize?: number | undefined;
  /**
   * Who stores the cursor. `auto`: the consumer, after the events that were handled. `manual`: you, by calling
   * `commit`, or in a database of your own.
   * @default 'auto'
   */
  readonly commit?: 'auto' | 'manual' | undefined;
  /**
   * While events follow each other without a pause, the cursor is stored this often, in ms. After a crash, the
   * events handled since then come again. Before a pause and at the end, it is stored at once.
   * @default 1000
   */
  readonly commitIntervalMs?: number | undefined;
  /**
   * Called before each retry. A consumer retries for as long as its failures may be temporary. Errors of the
   * function are ignored.
   * @default none; the option `logger` of the client gets a warning in any case
   */
  readonly onRetry?: ((retry: FeedRetry) => void) | undefined;
}

/** Options of `run`. */
export interface FeedRunOptions {
  /**
   * Ends the run after the handler in progress. The run then resolves.
   * @default none
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the feed of an app from its stored cursor on. At-least-once: an event is not repeated after its cursor was
 * stored, and not skipped before. One process at a time may run a consumer; others fail with `CONFLICT`.
 *
 * The loop of an iteration has handled an event when it asks for the next one. An event at which the loop is left
 * comes again.
 */
export interface FeedConsumer<TEvent = FeedEvent> extends AsyncIterable<TEvent> {
  /**
   * Calls `handler` for each event, one at a time, until the signal aborts or `close` is called.
   *
   * @throws what the handler throws. Its event comes again in the next run
   * @throws TocsinClientError for a permanent failure. `CONFLICT`: another process runs this consumer
   * @example
   * await tocsin.feed(appId).consumer('billing').run(async (event) => {
   *   if (event.type === 'license.revoked') await stopBilling(event.data.licenseKey);
   * }, { signal });
   */
  readonly run: (handler: (event: TEvent) => unknown, options?: FeedRunOptions) => Promise<void>;
  /**
   * As `run`, with several events at once, at most `batchSize`.
   *
   * @throws like `run`
   */
  readonly runBatches: (
    handler: (events: readonly TEvent[]) => unknown,
    options?: FeedRunOptions,
  ) => Promise<void>;
  /**
   * Stores a cursor: that of the last event that was handled. For `commit: 'manual'`.
   *
   * @throws TocsinClientError with the code `CONFLICT` if another process has moved the cursor
   */
  readonly commit: (cursor: string) => Promise<void>;
  /**
   * Ends the run or iteration after the event in progress. Resolves when its cursor is stored, so a handler must not
   * await it.
   */
  readonly close: () => Promise<void>;
}

/** A stored consumer. */
export interface FeedConsumerView {
  /** Name of the consumer. */
  readonly consumer: string;
  /** The stored cursor. */
  readonly cursor: string;
  /** When the cursor was stored. */
  readonly updatedAt: string;
  /** All events that were committed before this time have been read. Null: unknown. */
  readonly readTo: string | null;
}

/** The feed of an app. */
export interface AppFeed<E = BuiltInEvents> {
  /**
   * Returns a page of the feed.
   *
   * @example
   * const { items, cursor } = await tocsin.feed(appId).read({ after: stored, types: ['license.*'] });
   */
  readonly read: FeedRead<E>;
  /**
   * Returns a consumer, which remembers its position on the server. Opens no connection until it runs.
   *
   * @param name unique within the app, such as `billing`
   * @example
   * for await (const event of tocsin.feed(appId).consumer('billing', { types: ['license.*'] })) {
   *   await handle(event);
   * }
   */
  readonly consumer: FeedConsume<E>;
  /** Lists the consumers of the app, by name. */
  readonly consumers: (options?: CallOptions) => Promise<readonly FeedConsumerView[]>;
  /** Deletes the stored cursor of a consumer. */
  readonly deleteConsumer: (name: string, options?: CallOptions) => Promise<void>;
}

/** Returns the feed of an app. */
export type Feed<E = BuiltInEvents> = (appId: string) => AppFeed<E>;

/** As for `subscribe`: events without a catalog have their own type only if they are listed. */
export type FeedRead<E> = [EventName<E>] extends [EventType]
  ? <const S extends string = '*'>(
      input?: FeedReadInput<SelectorArg<S, E>>,
      options?: CallOptions,
    ) => Promise<FeedPage<FeedEvent<SelectedName<E, S>, E>>>
  : <const S extends string>(
      input: FeedReadInput<SelectorArg<S, E>> & { readonly types: readonly SelectorArg<S, E>[] },
      options?: CallOptions,
    ) => Promise<FeedPage<FeedEvent<SelectedName<E, S>, E>>>;

/** As for `subscribe`: events without a catalog have their own type only if they are listed. */
export type FeedConsume<E> = [EventName<E>] extends [EventType]
  ? <const S extends string = '*'>(
      name: string,
      options?: FeedConsumerOptions<SelectorArg<S, E>>,
    ) => FeedConsumer<FeedEvent<SelectedName<E, S>, E>>
  : <const S extends string>(
      name: string,
      options: FeedConsumerOptions<SelectorArg<S, E>> & { readonly types: readonly SelectorArg<S, E>[] },
    ) => FeedConsumer<FeedEvent<SelectedName<E, S>, E>>;
