import { originPosition } from '../../../../src/domain/feed-position.ts';
import type { FeedEvent, FeedFilter } from '../../../../src/domain/ports/event-feed.ts';
import type {
  FeedEntry,
  FeedIdQuery,
  FeedLog,
  FeedLogState,
  FeedRange,
  FeedScope,
  FeedSlices,
  FeedSource,
} from '../../../../src/domain/ports/feed-log.ts';
import { isVisible } from '../../../../src/domain/ports/page-request.ts';
import { toEvent } from '../events/to-event.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import { countFromCursor, toMemoryPosition } from './memory-position.ts';

const era = 1;

/** There is no writer in memory: the order of commits is there from the start. */
const unused = () => Promise.reject(new Error('the feed log in memory is not written'));

/** The order of events in memory, which is complete at any time. No process writes it. */
export class MemoryFeedLog implements FeedLog {
  readonly #database: Pick<MemoryDatabase, 'events' | 'commits'>;
  readonly claim = () => Promise.resolve(undefined);
  readonly isWanted = () => Promise.resolve(false);
  readonly use = () => Promise.resolve();
  readonly renew = unused;
  readonly release = unused;
  readonly end = unused;
  readonly begin = unused;
  readonly append = unused;
  readonly getClusterTime = unused;
  readonly listAt = unused;
  readonly listRecorded = unused;
  readonly purge = () => Promise.resolve(0);

  constructor(database: Pick<MemoryDatabase, 'events' | 'commits'>) {
    this.#database = database;
  }

  find(): Promise<FeedLogState | undefined> {
    const { commits } = this.#database;
    const completeTo = toMemoryPosition(commits.length, commits.timeAt(commits.length));
    const eras = [{ era, after: originPosition, from: originPosition }];
    return Promise.resolve({ firstId: '', completeTo, eras });
  }

  readSlices(scope: FeedScope, { after, to }: FeedRange, limit: number): Promise<FeedSlices> {
    const { commits } = this.#database;
    const end = Math.min(countFromCursor(to) ?? 0, commits.length);
    const entries: FeedEntry[] = [];
    let count = countFromCursor(after) ?? 0;
    while (count < end && entries.length < limit) {
      const entry = this.#findEntry(count++);
      if (entry !== undefined && isVisible({ ...scope, excludedAppIds: [] }, entry)) entries.push(entry);
    }
    const slice = { era, end: toMemoryPosition(count, commits.timeAt(count)), entries };
    return Promise.resolve({ slices: entries.length === 0 ? [] : [slice], hasMore: count < end });
  }

  /** All events are in slices. */
  listIds(_filter: FeedFilter, _range: FeedIdQuery): Promise<readonly FeedEntry[]> {
    return Promise.resolve([]);
  }

  getEvents(ids: readonly string[]): Promise<ReadonlyMap<string, FeedEvent>> {
    const found = ids.flatMap((id): [string, FeedEvent][] => {
      const event = this.#database.events.get(id);
      return event === undefined ? [] : [[id, toEvent(event)]];
    });
    return Promise.resolve(new Map(found));
  }

  /** The event that was stored after `count` others. Undefined if it was removed. */
  #findEntry(count: number): FeedEntry | undefined {
    const { commits, events } = this.#database;
    const event = events.get(commits.at(count) ?? '');
    if (event === undefined) return undefined;
    const { id, appId, accountId, type } = event;
    return { id, appId, accountId, type, position: toMemoryPosition(count + 1, commits.timeAt(count + 1)) };
  }
}

/** Nothing reads it, because no log is written. */
export const noFeedSource: FeedSource = {
  tail: () => {
    throw new Error('the feed log in memory is not written');
  },
};
