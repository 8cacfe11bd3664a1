import { setTimeout as sleep } from 'node:timers/promises';
import { isTocsinError, TocsinError } from '../../../domain/errors.ts';
import type { EventFeed, FeedFilter, FeedItem } from '../../../domain/ports/event-feed.ts';
import type { Clock, Log } from '../../../domain/ports/runtime.ts';
import { FairSlots } from './fair-slots.ts';
import { FeedReader } from './feed-reader.ts';
import { RecentEvents, toLiveEvent, type LiveEvent } from './recent-events.ts';

export interface LiveFeedDeps {
  readonly feed: EventFeed;
  /**
   * What readers that catch up read.
   * @default feed
   */
  readonly history?: EventFeed;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when a reader is too slow for the shared stream. */
  readonly onSlowReader: () => void;
}

export interface LiveFeedOptions {
  /** Most recent events in memory, and their bytes. */
  readonly maxRecentEvents: number;
  readonly maxRecentBytes: number;
  /** How long the shared stream stays open after its last reader, ms. Most reconnects come within it. */
  readonly lingerMs: number;
  /** Streams of readers that catch up: of the process, and of one account. */
  readonly maxCatchUps: number;
  readonly maxCatchUpsPerAccount: number;
}

export const defaultLiveFeedOptions: LiveFeedOptions = {
  maxRecentEvents: 10_000,
  maxRecentBytes: 16 * 1024 * 1024,
  lingerMs: 5_000,
  maxCatchUps: 4,
  maxCatchUpsPerAccount: 2,
};

const everything: FeedFilter = { types: undefined };

/** How often the shared stream yields a cursor while there are no events. */
const idleMs = 1_000;

/** The same for a reader that catches up: at the end of the stream, it waits only this long. */
const catchUpIdleMs = 50;

/**
 * The first reader decides where the shared stream starts, if its cursor is not older than this. After a restart,
 * the other readers then find what they missed in memory.
 */
const maxStartAgeMs = 60_000;

/** Cursors come from the clock of the database, which may be ahead of this one by a little. */
const maxAheadMs = 5_000;

/** Pause before a failed stream is opened again. */
const reopenAfterMs = 500;

/** How long a subscriber waits for the shared stream, such as during an election. */
const readyTimeoutMs = 10_000;

/**
 * One turn of a reader that catches up ends after this time, so that others get the slot. The second limit
 * ends a read that hangs.
 */
const turnMs = 1_000;
const hungTurnMs = 10_000;

/** Seconds until a rejected subscriber should come again: about an election. */
const retryAfterSeconds = 2;

/**
 * One stream of events for all readers of the process.
 *
 *   closed  --the first reader comes--> opening --its first item--> open
 *   open    --error--> opening, from the same position
 *   any     --the last reader is gone for a while--> closed
 *
 * A reader at an older position first reads the recent events in memory. If they do not reach back far
 * enough, it takes turns on a stream of its own until they do. Then it joins the shared stream exactly at its
 * position: cursors are comparable, so no event is lost or repeated. The shared stream waits for no reader.
 */
export class LiveFeed implements AsyncDisposable {
  readonly #deps: LiveFeedDeps;
  readonly #options: LiveFeedOptions;
  readonly #recent: RecentEvents;
  readonly #slots: FairSlots;
  readonly #readers = new Set<FeedReader>();
  /** Live readers by the account that they are limited to. */
  readonly #live = new Map<string | undefined, Set<FeedReader>>();
  readonly #onReady = new Set<() => void>();
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #isReading = false;
  /** Whether the shared stream has reached the present since it was opened. */
  #isCurrent = false;
  /** When the shared stream last returned something, and how late that was. */
  #readAt = 0;
  #delayMs = 0;

  constructor(deps: LiveFeedDeps, options: LiveFeedOptions = defaultLiveFeedOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#recent = new RecentEvents({
      maxEvents: options.maxRecentEvents,
      maxBytes: options.maxRecentBytes,
    });
    this.#slots = new FairSlots({
      total: options.maxCatchUps,
      perAccount: options.maxCatchUpsPerAccount,
      maxWaiting: 256,
      waitMs: 30_000,
    });
  }

  get stats() {
    const isOpen = this.#stop !== undefined;
    return {
      /** How far the shared stream is behind the database: about 1 s while it works and nothing happens. */
      lagMs: isOpen ? this.#deps.clock.now() - this.#readAt + this.#delayMs : 0,
      catchUpsRunning: this.#slots.running,
      catchUpsWaiting: this.#slots.waiting,
    };
  }

  /**
   * Starts a reader after the cursor `after`. Undefined: from now on. Resolves once its position is valid.
   * The caller ends it with `leave`.
   *
   * @param opensNow whether the shared stream, if it is closed, opens at the present, so that a reader that has
   *   joined it has reached the end. By default, it opens at the reader's cursor, which suits many readers that
   *   resume at once.
   * @throws INVALID_INPUT if the cursor is malformed or too old.
   * @throws UNAVAILABLE if the database does not respond, or too many readers catch up.
   */
  async join(
    filter: FeedFilter,
    after: string | undefined,
    signal: AbortSignal,
    opensNow = false,
  ): Promise<FeedReader> {
    const reader = new FeedReader(filter, after);
    this.#readers.add(reader);
    clearTimeout(this.#closeTimer);
    this.#start(opensNow ? undefined : after);
    try {
      await this.#whenReady(signal);
      await this.#refill(reader, signal);
      return reader;
    } catch (error) {
      this.leave(reader);
      throw error;
    }
  }

  leave(reader: FeedReader): void {
    this.#readers.delete(reader);
    this.#setLive(reader, false);
    if (this.#readers.size > 0) return;
    this.#closeTimer = setTimeout(() => void this.#close(), this.#options.lingerMs).unref();
  }

  /**
   * Returns the next event of a reader. After `waitMs` without one, returns an item that only moves the
   * cursor; also earlier, if the reader was woken. Undefined if `signal` aborted.
   */
  async next(reader: FeedReader, waitMs: number, signal: AbortSignal): Promise<FeedItem | undefined> {
    if (reader.isEmpty && !reader.isLive) await this.#refill(reader, signal);
    if (reader.isEmpty && reader.isLive) await reader.wait(waitMs, signal);
    const item = reader.take();
    if (item !== undefined || signal.aborted) return item;
    const { position } = this.#recent;
    if (reader.isLive && position !== undefined) reader.advanceTo(position);
    return reader.cursor === undefined ? undefined : { cursor: reader.cursor, event: undefined };
  }

  /** Reads until the reader is live, or has events. */
  async #refill(reader: FeedReader, signal: AbortSignal): Promise<void> {
    if (reader.position === undefined && this.#isCurrent && this.#recent.position !== undefined) {
      reader.advanceTo(this.#recent.position);
    }
    if (reader.position !== undefined && this.#canJoin(reader.position)) {
      return this.#takeRecent(reader, reader.position);
    }
    await this.#catchUp(reader, signal);
  }

  /** Whether a reader at a cursor can join the shared stream. Leaves doubtful cursors to the database. */
  #canJoin(cursor: string): boolean {
    const time = this.#deps.feed.findTime(cursor);
    return (
      time !== undefined && time <= this.#deps.clock.now() + maxAheadMs && this.#recent.isFollowedBy(cursor)
    );
  }

  /** Without a pause, so that no event of the shared stream comes between the last event and joining it. */
  #takeRecent(reader: FeedReader, position: string): void {
    for (const event of this.#recent.after(position)) {
      if (reader.isFull) return;
      reader.push(event);
    }
    this.#setLive(reader, true);
  }

  /** One turn on a stream of its own. */
  async #catchUp(reader: FeedReader, signal: AbortSignal): Promise<void> {
    const account = reader.filter.accountId ?? '';
    const release = await this.#slots.acquire(account, signal);
    const turn = AbortSignal.any([signal, AbortSignal.timeout(hungTurnMs)]);
    const endsAt = performance.now() + turnMs;
    try {
      const query = { filter: reader.filter, after: reader.position, idleMs: catchUpIdleMs };
      for await (const { cursor, event } of (this.#deps.history ?? this.#deps.feed).read(query, turn)) {
        if (event !== undefined) reader.push(toLiveEvent(cursor, event));
        else reader.advanceTo(cursor);
        if (this.#recent.isFollowedBy(cursor)) return this.#takeRecent(reader, cursor);
        if (reader.isFull || performance.now() > endsAt) return;
      }
      if (!signal.aborted) throw unreachableError();
    } finally {
      release();
    }
  }

  #setLive(reader: FeedReader, isLive: boolean): void {
    reader.isLive = isLive;
    const { accountId } = reader.filter;
    const siblings = this.#live.get(accountId) ?? new Set<FeedReader>();
    if (isLive) this.#live.set(accountId, siblings.add(reader));
    else if (siblings.delete(reader) && siblings.size === 0) this.#live.delete(accountId);
  }

  #start(after: string | undefined): void {
    if (this.#stop !== undefined) return;
    const time = after === undefined ? undefined : this.#deps.feed.findTime(after);
    const age = time === undefined ? Infinity : this.#deps.clock.now() - time;
    const from = age <= maxStartAgeMs && age >= -maxAheadMs ? after : undefined;
    const stop = new AbortController();
    this.#stop = stop;
    this.#readAt = this.#deps.clock.now();
    const previous = this.#running;
    this.#running = (async () => {
      await previous;
      await this.#run(from, stop.signal);
    })();
  }

  async #run(from: string | undefined, signal: AbortSignal): Promise<void> {
    this.#recent.reset(from);
    this.#isCurrent = from === undefined;
    while (!signal.aborted) {
      try {
        const query = { filter: everything, after: this.#recent.position, idleMs };
        for await (const item of this.#deps.feed.read(query, signal)) {
          if (signal.aborted) break;
          this.#apply(item);
        }
        if (!signal.aborted) this.#deps.log.warn({}, 'the stream of live events ended; opening it again');
      } catch (error) {
        this.#isReading = false;
        if (isTocsinError(error) && error.code === 'INVALID_INPUT') {
          this.#startOver();
          continue;
        }
        this.#deps.log.warn({ err: error }, 'the stream of live events failed; opening it again');
      }
      this.#isReading = false;
      await sleep(reopenAfterMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    this.#recent.reset(undefined);
  }

  #apply(item: FeedItem): void {
    this.#readAt = this.#deps.clock.now();
    this.#delayMs = item.event === undefined ? 0 : Math.max(0, this.#readAt - item.event.acceptedAt);
    if (this.#recent.position === undefined) this.#recent.reset(item.cursor);
    if (item.event === undefined && item.cursor !== this.#recent.position) this.#isCurrent = true;
    const added = this.#recent.add(item);
    if (!this.#isReading) {
      this.#isReading = true;
      for (const ready of this.#onReady) ready();
    }
    if (added === undefined) return;
    this.#push(added, this.#live.get(added.event.accountId));
    this.#push(added, this.#live.get(undefined));
  }

  #push(added: LiveEvent, readers: ReadonlySet<FeedReader> | undefined): void {
    if (readers === undefined) return;
    for (const reader of readers) {
      if (!reader.isFull || !reader.matches(added.event)) reader.push(added);
      else {
        this.#setLive(reader, false);
        reader.fallBehind();
        this.#deps.onSlowReader();
      }
    }
  }

  /** The position is too old to resume from. Readers find out for themselves whether theirs is. */
  #startOver(): void {
    for (const readers of this.#live.values()) {
      for (const reader of readers) {
        const { position } = this.#recent;
        if (position !== undefined) reader.advanceTo(position);
        this.#setLive(reader, false);
        reader.wake();
      }
    }
    this.#recent.reset(undefined);
    this.#isCurrent = true;
  }

  async #whenReady(signal: AbortSignal): Promise<void> {
    if (this.#recent.position !== undefined && this.#isReading) return;
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#onReady.delete(ready);
      };
      const ready = () => {
        stop();
        resolve();
      };
      const giveUp = () => {
        stop();
        reject(unreachableError());
      };
      const timer = setTimeout(giveUp, readyTimeoutMs);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#onReady.add(ready);
    });
  }

  async #close(): Promise<void> {
    clearTimeout(this.#closeTimer);
    this.#stop?.abort();
    this.#stop = undefined;
    this.#isReading = false;
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function unreachableError(): TocsinError {
  return new TocsinError('UNAVAILABLE', 'live events cannot be read now; resume from the same cursor', {
    retryAfterSeconds,
  });
}
