import { apiError } from '../../server/src/domain/errors.ts';
import type { EventFeed, FeedEvent, FeedItem, FeedQuery } from '../../server/src/domain/ports/event-feed.ts';

/** The cursor of the nth event of a log. */
export const toTestCursor = (n: number) => n.toString(16).toUpperCase().padStart(8, '0');

/**
 * A feed over a log of events in memory. Its reads behave like change streams: they yield a cursor at the
 * start, then the events after it, and end on a signal or with a planted error.
 */
export class FakeFeed implements EventFeed {
  readonly log: FeedItem[] = [];
  /** Queries of all reads, in order. */
  readonly queries: FeedQuery[] = [];
  readonly #wakers = new Set<() => void>();
  #error: Error | undefined;
  /** Reads that are running. */
  running = 0;
  mostRunning = 0;
  /** The oldest position that a read can start from. */
  oldest = 0;
  /** Time of every cursor. */
  time = 0;
  /** Whether reads from a cursor wait before they yield events. */
  isSlow = false;

  publish(fields: Partial<FeedEvent> = {}): string {
    const n = this.log.length + 1;
    const event: FeedEvent = {
      id: `evt_${n}`,
      appId: 'app_a',
      accountId: 'acc_a',
      type: 'user.login',
      timestamp: '2026-04-10T15:30:00.000Z',
      dataText: '{}',
      acceptedAt: 0,
      ...fields,
    };
    this.log.push({ cursor: toTestCursor(n), event });
    this.wake();
    return event.id;
  }

  /** Lets every running read fail. */
  fail(error: Error = new Error('stream failed by the test')): void {
    this.#error = error;
    this.wake();
    this.#error = undefined;
  }

  findTime(cursor: string): number | undefined {
    return /^[0-9A-F]{8}$/.test(cursor) ? this.time : undefined;
  }

  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  async *read(query: FeedQuery, signal: AbortSignal): AsyncGenerator<FeedItem> {
    this.queries.push(query);
    const { filter, after } = query;
    let next = after === undefined ? this.log.length : Number.parseInt(after, 16);
    if (Number.isNaN(next) || next < this.oldest) {
      throw apiError('INVALID_INPUT', 'lastEventId: this cursor is malformed or too old');
    }
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      yield { cursor: toTestCursor(next), event: undefined };
      while (!signal.aborted) {
        const item = this.isSlow && after !== undefined ? undefined : this.log[next];
        if (item === undefined) {
          const error = await this.#untilWoken(signal);
          if (error !== undefined) throw error;
          continue;
        }
        next++;
        const { event } = item;
        const isWanted =
          event !== undefined &&
          (filter.accountId === undefined || filter.accountId === event.accountId) &&
          (filter.appId === undefined || filter.appId === event.appId);
        if (isWanted) yield item;
        else yield { cursor: item.cursor, event: undefined };
      }
    } finally {
      this.running--;
    }
  }

  async #untilWoken(signal: AbortSignal): Promise<Error | undefined> {
    return await new Promise((resolve) => {
      const done = () => {
        this.#wakers.delete(done);
        signal.removeEventListener('abort', done);
        resolve(this.#error);
      };
      this.#wakers.add(done);
      signal.addEventListener('abort', done);
    });
  }
}
