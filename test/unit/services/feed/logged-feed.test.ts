import { expect, it } from 'vitest';
import type { FeedItem } from '../../../../server/src/domain/ports/event-feed.ts';
import type { FeedLogState } from '../../../../server/src/domain/ports/feed-log.ts';
import type { FeedHistory, HistoryPage } from '../../../../server/src/services/feed/feed-history.ts';
import { LoggedFeed } from '../../../../server/src/services/feed/logged-feed.ts';
import { FakeClock } from '../../../support/clock.ts';
import { FakeFeed, toTestCursor } from '../../../support/fake-feed.ts';

const filter = { types: undefined };
const state: FeedLogState = { firstId: '', completeTo: toTestCursor(4), eras: [] };

interface Given {
  /** Null: the log has not begun. */
  readonly known?: FeedLogState | null;
  readonly covers?: boolean;
  /** Age of the reader's cursor, ms. */
  readonly age?: number;
}

/** A log of the first four events of a feed of six, two on each page. */
async function readFrom(after: string | undefined, { known = state, covers = true, age = 0 }: Given = {}) {
  const feed = new FakeFeed();
  const clock = new FakeClock();
  feed.time = clock.now() - age;
  for (let n = 0; n < 6; n++) feed.publish();
  const pages: string[] = [];
  let absences = 0;
  const history: Pick<FeedHistory, 'refresh' | 'covers' | 'readPage'> = {
    refresh: () => Promise.resolve(known ?? undefined),
    covers: () => covers,
    readPage: (_state, _filter, from): Promise<HistoryPage> => {
      pages.push(from);
      const items = feed.log.filter(({ cursor }) => cursor > from && cursor <= state.completeTo).slice(0, 2);
      const position = items.at(-1)?.cursor ?? state.completeTo;
      // `as`: all items of the fake feed have an event
      return Promise.resolve({ items, position, isAtEnd: false } as unknown as HistoryPage);
    },
  };
  const logged = new LoggedFeed({
    feed,
    history: history as FeedHistory, // `as`: a class with private fields
    clock,
    onLongAbsence: () => void absences++,
  });
  const stop = new AbortController();
  const items: FeedItem[] = [];
  for await (const item of logged.read({ filter, after, idleMs: 1_000 }, stop.signal)) {
    items.push(item);
    if (item.event?.id === 'evt_6' || after === undefined) stop.abort();
  }
  const ids = items.flatMap(({ event }) => event?.id ?? []);
  return { ids, items, pages, absences, streamed: feed.queries.map((query) => query.after) };
}

const ids = (from: number) => Array.from({ length: 7 - from }, (_, n) => `evt_${from + n}`);

it('reads the log to its end, then the stream from there, each event once', async () => {
  const { ids: found, pages, streamed, items } = await readFrom(toTestCursor(0));
  expect(found).toEqual(ids(1));
  expect(pages).toEqual([toTestCursor(0), toTestCursor(2)]);
  expect(streamed).toEqual([toTestCursor(4)]);
  // After each page, the cursor moves also without an event.
  expect(items[2]).toEqual({ cursor: toTestCursor(2), event: undefined });
});

it('reads the stream alone from the present, or from a cursor behind the log', async () => {
  expect(await readFrom(undefined)).toMatchObject({ pages: [], streamed: [undefined], absences: 0 });
  const { ids: found, pages, streamed } = await readFrom(toTestCursor(4));
  expect([found, pages, streamed]).toEqual([ids(5), [], [toTestCursor(4)]]);
});

it.each<[string, Given]>([
  ['there is none', { known: null }],
  ['it does not have the order after the cursor', { covers: false }],
])('reads the stream from the cursor if %s', async (_, given) => {
  const { ids: found, pages, streamed } = await readFrom(toTestCursor(1), given);
  expect([found, pages, streamed]).toEqual([ids(2), [], [toTestCursor(1)]]);
});

it('starts the log for readers that were away for more than a minute', async () => {
  expect((await readFrom(toTestCursor(1), { age: 60_000 })).absences).toBe(0);
  expect((await readFrom(toTestCursor(1), { age: 60_001 })).absences).toBe(1);
});

it('leaves a cursor that is malformed to the stream, which rejects it', async () => {
  await expect(readFrom('none')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});
