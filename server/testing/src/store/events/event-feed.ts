import { apiError } from '../../../../src/domain/errors.ts';
import type { EventFeed, FeedFilter, FeedItem, FeedQuery } from '../../../../src/domain/ports/event-feed.ts';
import { isVisible } from '../../../../src/domain/ports/page-request.ts';
import type { Clock } from '../../../../src/domain/ports/runtime.ts';
import { selectsEventType } from '../../../../src/domain/select-event-types.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { StoredEvent } from '../stored-objects.ts';
import { toEvent } from './to-event.ts';

export interface MemoryEventFeedDeps {
  readonly database: Pick<MemoryDatabase, 'events' | 'commits'>;
  readonly clock: Clock;
}

/** A letter, the number of events up to the position, and the time, epoch ms. Both in hexadecimal. */
const cursorForm = /^M([0-9A-F]{12})([0-9A-F]{12})$/;

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
      yield { cursor: toCursor(position, event.acceptedAt), event: toEvent(event) };
    }
  }

  findTime(cursor: string): number | undefined {
    const time = cursorForm.exec(cursor)?.[2];
    return time === undefined ? undefined : Number.parseInt(time, 16);
  }

  #toPosition(cursor: string): number {
    const position = Number.parseInt(cursorForm.exec(cursor)?.[1] ?? '', 16);
    if (position <= this.#deps.database.commits.length) return position;
    throw apiError(
      'INVALID_INPUT',
      'lastEventId: this cursor is malformed or too old; list the events instead',
    );
  }

  #toIdleItem(): FeedItem {
    const { clock, database } = this.#deps;
    return { cursor: toCursor(database.commits.length, clock.now()), event: undefined };
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

function toCursor(position: number, time: number): string {
  return `M${toHex(position)}${toHex(time)}`;
}

function toHex(value: number): string {
  return value.toString(16).toUpperCase().padStart(12, '0');
}

function isWanted({ accountId, appId, types }: FeedFilter, event: StoredEvent): boolean {
  return (
    isVisible({ accountId, appId, excludedAppIds: [] }, event) &&
    (types === undefined || selectsEventType(types, event.type))
  );
}
