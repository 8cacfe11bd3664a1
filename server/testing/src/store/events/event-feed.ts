import { positionFromCursor, timeFromPosition } from '../../../../src/domain/feed-position.ts';
import { apiError } from '../../../../src/domain/errors.ts';
import type { EventFeed, FeedFilter, FeedItem, FeedQuery } from '../../../../src/domain/ports/event-feed.ts';
import { isVisible } from '../../../../src/domain/ports/page-request.ts';
import type { Clock } from '../../../../src/domain/ports/runtime.ts';
import { selectsEventType } from '../../../../src/domain/select-event-types.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { StoredEvent } from '../stored-objects.ts';
import { countFromCursor, toMemoryPosition } from '../feed/memory-position.ts';
import { toEvent } from './to-event.ts';

export interface MemoryEventFeedDeps {
  readonly database: Pick<MemoryDatabase, 'events' | 'commits'>;
  readonly clock: Clock;
}

/** Reads events in the order in which they were stored. Skips those that were removed since. */
export class MemoryEventFeed implements EventFeed {
  readonly #deps: MemoryEventFeedDeps;

  constructor(deps: MemoryEventFeedDeps) {
    this.#deps = deps;
  }

  async *read({ filter, after, idleMs }: FeedQuery, signal: AbortSignal): AsyncGenerator<FeedItem> {
    if (signal.aborted) return;
    const { events, commits } = this.#deps.database;
    let position = after === undefined ? commits.length : this.#toPosition(after);
    if (position === commits.length) yield this.#toIdleItem();
    while (!signal.aborted) {
      const id = commits.at(position);
      if (id === undefined) {
        await this.#untilStored(position, idleMs, signal);
        if (!signal.aborted && position === commits.length) yield this.#toIdleItem();
        continue;
      }
      position++;
      const event = events.get(id);
      if (event === undefined || !isWanted(filter, event)) continue;
      yield { cursor: toMemoryPosition(position, commits.timeAt(position)), event: toEvent(event) };
    }
  }

  findTime(cursor: string): number | undefined {
    const position = positionFromCursor(cursor);
    return position === undefined ? undefined : timeFromPosition(position);
  }

  #toPosition(cursor: string): number {
    const position = countFromCursor(cursor);
    if (position !== undefined && position <= this.#deps.database.commits.length) return position;
    throw apiError(
      'INVALID_INPUT',
      'lastEventId: this cursor is malformed or too old; list the events instead',
    );
  }

  #toIdleItem(): FeedItem {
    const { clock, database } = this.#deps;
    const { commits } = database;
    return { cursor: toMemoryPosition(commits.length, commits.reach(clock.now())), event: undefined };
  }

  /** Resolves once there is an event at the position, the time is over, or the signal aborts. */
  async #untilStored(position: number, idleMs: number, signal: AbortSignal): Promise<void> {
    const { commits } = this.#deps.database;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        stopListening();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, idleMs);
      const stopListening = commits.onAppend(end);
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted || position < commits.length) end();
    });
  }
}

function isWanted({ accountId, appId, types }: FeedFilter, event: StoredEvent): boolean {
  return (
    isVisible({ accountId, appId, excludedAppIds: [] }, event) &&
    (types === undefined || selectsEventType(types, event.type))
  );
}
