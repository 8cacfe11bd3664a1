import type { EventFeed, FeedItem, FeedQuery } from '../../domain/ports/event-feed.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { FeedHistory } from './feed-history.ts';

export interface LoggedFeedDeps {
  readonly feed: EventFeed;
  readonly history: FeedHistory;
  readonly clock: Clock;
  /** Called for a reader that was away for so long that the log is worth its cost. */
  readonly onLongAbsence: () => void;
}

/** Events of one read of the log. */
const pageLimits = { events: 250, bytes: 256 * 1024 };

/** Readers that were away for less are served by the oplog. */
const longAbsenceMs = 60_000;

/** Events from a cursor on: from the log as far as it reaches, then from the database's stream. */
export class LoggedFeed implements EventFeed {
  readonly #deps: LoggedFeedDeps;

  constructor(deps: LoggedFeedDeps) {
    this.#deps = deps;
  }

  findTime(cursor: string): number | undefined {
    return this.#deps.feed.findTime(cursor);
  }

  async *read(query: FeedQuery, signal: AbortSignal): AsyncGenerator<FeedItem> {
    let { after } = query;
    if (after !== undefined) {
      for await (const item of this.#readLog(query, after, signal)) {
        after = item.cursor;
        yield item;
      }
    }
    if (!signal.aborted) yield* this.#deps.feed.read({ ...query, after }, signal);
  }

  async *#readLog({ filter }: FeedQuery, from: string, signal: AbortSignal): AsyncGenerator<FeedItem> {
    const { history, clock, feed, onLongAbsence } = this.#deps;
    const time = feed.findTime(from);
    if (time === undefined) return;
    if (clock.now() - time > longAbsenceMs) onLongAbsence();
    const state = await history.refresh();
    if (state === undefined || !history.covers(state, from)) return;
    let after = from;
    while (!signal.aborted && after < state.completeTo) {
      const page = await history.readPage(state, filter, after, pageLimits);
      yield* page.items;
      after = page.position;
      yield { cursor: after, event: undefined };
      if (page.isAtEnd) return;
    }
  }
}
