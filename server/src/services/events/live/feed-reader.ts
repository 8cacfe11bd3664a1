import { isEventPattern } from '@tocsin/shared';
import { Fifo } from '../../../batching/fifo.ts';
import type { FeedEvent, FeedFilter, FeedItem } from '../../../domain/ports/event-feed.ts';
import { selectsEventType } from '../../../domain/select-event-types.ts';
import type { LiveEvent } from './recent-events.ts';

/** Most events, and bytes of them, that one reader has buffered. */
const maxEvents = 256;
const maxBytes = 128 * 1024;

/**
 * The position of one subscriber in the stream of events, with a bounded buffer of what comes next.
 *
 *   behind --the recent events cover its position, and it has taken them--> live
 *   live   --its buffer is full--> behind    the buffer is dropped and read again later
 *   any    --end--> ended
 *
 * A live reader receives the events of the shared stream. A reader that is behind receives them from the
 * recent events or from a stream of its own.
 */
export class FeedReader {
  readonly filter: FeedFilter;
  readonly #buffer = new Fifo<LiveEvent>();
  readonly #types: ReadonlySet<string>;
  readonly #patterns: readonly string[];
  #bytes = 0;
  /** Every event up to this cursor is buffered, or was taken, or does not match. */
  #position: string | undefined;
  /** Cursor of the last item that was taken. */
  #taken: string | undefined;
  #wake: (() => void) | undefined;
  isLive = false;

  constructor(filter: FeedFilter, after: string | undefined) {
    this.filter = filter;
    this.#types = new Set(filter.types);
    this.#patterns = filter.types?.filter(isEventPattern) ?? [];
    this.#position = after;
    this.#taken = after;
  }

  get position(): string | undefined {
    return this.#position;
  }

  /** Cursor that resumes after everything that was taken. */
  get cursor(): string | undefined {
    return this.#buffer.size === 0 ? this.#position : this.#taken;
  }

  get isEmpty(): boolean {
    return this.#buffer.size === 0;
  }

  get isFull(): boolean {
    return this.#buffer.size >= maxEvents || this.#bytes >= maxBytes;
  }

  matches({ accountId, appId, type }: FeedEvent): boolean {
    const { filter } = this;
    return (
      (filter.accountId === undefined || filter.accountId === accountId) &&
      (filter.appId === undefined || filter.appId === appId) &&
      (filter.types === undefined || this.#types.has(type) || selectsEventType(this.#patterns, type))
    );
  }

  /** Advances to an event of the stream and buffers it if it matches. Ignores events before its position. */
  push(added: LiveEvent): void {
    if (this.#position !== undefined && added.cursor <= this.#position) return;
    // Falling behind then starts from here, and not from an event that was taken long ago.
    if (this.isEmpty) this.#taken = this.#position;
    this.#position = added.cursor;
    if (!this.matches(added.event)) return;
    this.#buffer.push(added);
    this.#bytes += added.bytes;
    this.wake();
  }

  /** Advances without an event: all events up to `cursor` were pushed or do not match. */
  advanceTo(cursor: string): void {
    if (this.#position === undefined || this.#position < cursor) this.#position = cursor;
    this.#taken ??= cursor;
  }

  /** Drops the buffer. The reader reads on after the last item that was taken. */
  fallBehind(): void {
    this.isLive = false;
    this.#position = this.cursor;
    this.#buffer.drain();
    this.#bytes = 0;
  }

  take(): FeedItem | undefined {
    const next = this.#buffer.shift();
    if (next === undefined) return undefined;
    this.#bytes -= next.bytes;
    this.#taken = next.cursor;
    return next;
  }

  /** Ends the current wait. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves when there may be something new, or after `waitMs`. */
  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || !this.isEmpty) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
    });
  }
}
