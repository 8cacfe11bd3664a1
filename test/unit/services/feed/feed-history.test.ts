import { describe, expect, it } from 'vitest';
import { originPosition, toPlacedPosition } from '../../../../server/src/domain/feed-position.ts';
import { lowestIdAt } from '../../../../server/src/domain/ids.ts';
import type { FeedEvent, FeedFilter } from '../../../../server/src/domain/ports/event-feed.ts';
import type { FeedEntry, FeedLogState, FeedSlice } from '../../../../server/src/domain/ports/feed-log.ts';
import { FeedHistory, type HistoryLimits } from '../../../../server/src/services/feed/feed-history.ts';

const seconds = Date.parse('2026-01-01T00:00:00.000Z') / 1000;
/** A commit some seconds after the start of the year. */
const at = (second: number, number = 1) =>
  `${(seconds + second).toString(16).toUpperCase()}00000001${number.toString(16).padStart(4, '0')}`;
const idOf = (n: number) => `evt_${String(n).padStart(26, '0')}`;

const everything: FeedFilter = { types: undefined };
const wide: HistoryLimits = { events: 1_000, bytes: 1_000_000 };

const entry = (n: number, change: Partial<FeedEntry> = {}): FeedEntry => ({
  id: idOf(n),
  appId: 'app_a',
  accountId: 'acc_a',
  type: 'user.login',
  position: at(n),
  ...change,
});

/** A slice that was written at its last entry. */
const sliceOf = (entries: readonly FeedEntry[], era = 1): FeedSlice => ({
  era,
  end: entries.at(-1)?.position ?? originPosition,
  entries,
});

interface Given {
  readonly slices?: readonly FeedSlice[];
  /** Events with ids before those of the log. */
  readonly old?: readonly FeedEntry[];
  readonly state?: Partial<FeedLogState>;
  /** Ids of events that retention has removed. */
  readonly removed?: readonly string[];
  /** Bytes of the data of each event. */
  readonly size?: number;
}

function historyOver({ slices = [], old = [], state: change = {}, removed = [], size = 10 }: Given) {
  const state: FeedLogState = {
    firstId: idOf(0),
    completeTo: slices.at(-1)?.end ?? originPosition,
    eras: [{ era: 1, after: originPosition, from: originPosition }],
    ...change,
  };
  const contents: number[] = [];
  const counts: number[] = [];
  const history = new FeedHistory({
    feedLog: {
      find: () => Promise.resolve(state),
      readSlices: ({ appId, accountId }, { after, to }, count) => {
        counts.push(count);
        const found = slices.filter(
          ({ end, entries }) =>
            end > after &&
            end <= to &&
            entries.some((one) => appId === undefined || one.appId === appId) &&
            entries.some((one) => accountId === undefined || one.accountId === accountId),
        );
        return Promise.resolve({ slices: found.slice(0, count), hasMore: found.length > count });
      },
      listIds: (filter, { afterId, beforeId = '~', limit }) =>
        Promise.resolve(
          old
            .filter(({ id, appId }) => id > afterId && id < beforeId && appId === (filter.appId ?? appId))
            .slice(0, limit),
        ),
      getEvents: (ids) => {
        contents.push(ids.length);
        const kept = ids.filter((id) => !removed.includes(id));
        const toEvent = (id: string): FeedEvent => ({
          id,
          appId: 'app_a',
          accountId: 'acc_a',
          type: 'user.login',
          timestamp: '2026-01-01T00:00:00.000Z',
          acceptedAt: 0,
          dataText: 'x'.repeat(size),
        });
        return Promise.resolve(new Map(kept.map((id) => [id, toEvent(id)])));
      },
    },
  });
  const read = async (after = originPosition, filter = everything, limits = wide) => {
    const { items, ...page } = await history.readPage(state, filter, after, limits);
    return { ...page, ids: items.map(({ event }) => event.id), positions: items.map(({ cursor }) => cursor) };
  };
  /** Reads page by page to the end of the log. */
  const readAll = async (filter: FeedFilter, limits: HistoryLimits, from = originPosition) => {
    const ids: string[][] = [];
    for (let after = from; ids.length < 100;) {
      const page = await read(after, filter, limits);
      ids.push(page.ids);
      after = page.position;
      if (page.isAtEnd) return ids;
    }
    throw new Error('no end');
  };
  return { history, state, read, readAll, contents, counts };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => idOf(from + n));

describe('a page', () => {
  const slices = [[1, 2, 3], [4, 5], [6], [7], [8], [9], [10, 11]].map((numbers) =>
    sliceOf(numbers.map((n) => entry(n))),
  );

  it('continues behind its cursor, in the middle of a slice, with the position of each event', async () => {
    const { read } = historyOver({ slices });
    expect(await read(at(2))).toEqual({
      ids: range(3, 12),
      positions: [3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => at(n)),
      position: at(11),
      isAtEnd: true,
    });
    expect(await read(at(11))).toEqual({ ids: [], positions: [], position: at(11), isAtEnd: true });
  });

  it('has as many events as were asked for, and the next one continues with the next event', async () => {
    const { read, readAll } = historyOver({ slices });
    expect(await read(originPosition, everything, { ...wide, events: 2 })).toMatchObject({
      ids: range(1, 3),
      position: at(2),
      isAtEnd: false,
    });
    for (const events of [1, 2, 3, 10]) {
      const pages = await readAll(everything, { ...wide, events });
      expect(pages.flat()).toEqual(range(1, 12));
      expect(Math.max(...pages.map(({ length }) => length))).toBe(events);
    }
  });

  it('has as much data as was asked for, but at least one event', async () => {
    const { read, readAll } = historyOver({ slices, size: 100 });
    expect(await read(originPosition, everything, { events: 10, bytes: 299 })).toMatchObject({
      ids: range(1, 3),
      position: at(2),
      isAtEnd: false,
    });
    expect((await read(originPosition, everything, { events: 10, bytes: 300 })).ids).toEqual(range(1, 4));
    const pages = await readAll(everything, { events: 10, bytes: 99 });
    expect(pages.filter(({ length }) => length > 0)).toEqual(range(1, 12).map((id) => [id]));
  });

  it('reads no more content than fits, by the size of what it has', async () => {
    const many = [sliceOf(Array.from({ length: 300 }, (_, n) => entry(n + 1)))];
    const { read, contents } = historyOver({ slices: many, size: 1_000 });
    const { ids } = await read(originPosition, everything, { events: 300, bytes: 150_000 });
    expect(ids).toEqual(range(1, 151));
    expect(contents.slice(0, 2)).toEqual([100, 50]);
    expect(contents.slice(2).every((count) => count === 1)).toBe(true);
  });

  it('leaves out events that retention has removed, and continues behind them', async () => {
    const { read } = historyOver({ slices, removed: [idOf(2), idOf(11)] });
    expect(await read()).toMatchObject({
      ids: [idOf(1), ...range(3, 11)],
      position: at(11),
      isAtEnd: true,
    });
    const { readAll } = historyOver({ slices, removed: range(1, 10) });
    expect((await readAll(everything, { ...wide, events: 2 })).flat()).toEqual(range(10, 12));
  });

  it('has the events of its app and types, and continues behind those of others', async () => {
    const mixed = [
      sliceOf([entry(1), entry(3, { type: 'user.ban' })]),
      sliceOf([entry(2, { appId: 'app_b' }), entry(4, { appId: 'app_b' })]),
      sliceOf([entry(5, { appId: 'app_c', accountId: 'acc_c' })]),
    ];
    const { read, readAll } = historyOver({ slices: mixed });
    const one = { appId: 'app_a', accountId: 'acc_a', types: undefined };
    expect((await read(originPosition, one)).ids).toEqual([idOf(1), idOf(3)]);
    expect((await read(originPosition, { ...one, types: ['user.ban'] })).ids).toEqual([idOf(3)]);
    expect((await read(originPosition, { accountId: 'acc_a', types: undefined })).ids).toEqual(range(1, 5));
    const none = await read(originPosition, { ...one, types: ['license.created'] });
    expect(none).toMatchObject({ ids: [], position: at(5), isAtEnd: true });
    expect((await readAll(everything, { ...wide, events: 2 })).flat()).toEqual(range(1, 6));
  });

  it('reads more slices at once, the fewer events of each it wants', async () => {
    const quiet = Array.from({ length: 40 }, (_, n) => sliceOf([entry(n + 1)]));
    const { read, counts } = historyOver({ slices: quiet });
    expect((await read(originPosition, everything, { ...wide, events: 30 })).ids).toEqual(range(1, 31));
    expect(counts.slice(0, 2)).toEqual([4, 26]);
    const other = historyOver({ slices: quiet });
    expect((await other.read(originPosition, { types: ['user.ban'] })).ids).toEqual([]);
    expect(other.counts).toEqual([4, 1_000]);
  });
});

describe('events before the start of the log', () => {
  const old = [1, 2, 3].map((n) => entry(n));
  const given = { old, slices: [sliceOf([entry(11), entry(12)])], state: { firstId: idOf(5) } };

  it('come first, in the order of their ids, page by page', async () => {
    for (const events of [1, 2, 3, 4, 10]) {
      const { readAll } = historyOver(given);
      const pages = await readAll(everything, { ...wide, events });
      expect(pages.flat()).toEqual([...range(1, 4), ...range(11, 13)]);
      expect(Math.max(...pages.map(({ length }) => length))).toBe(Math.min(events, 5));
    }
  });

  it('are continued by a cursor of one of them, and not repeated behind the start', async () => {
    const { read } = historyOver(given);
    expect(await read(toPlacedPosition(idOf(2)))).toMatchObject({
      ids: [idOf(3), ...range(11, 13)],
      positions: [toPlacedPosition(idOf(3)), at(11), at(12)],
    });
    expect((await read(toPlacedPosition(idOf(5)))).ids).toEqual(range(11, 13));
    expect((await read(at(11))).ids).toEqual([idOf(12)]);
  });
});

describe('slices of processes that lost the log', () => {
  const eras = [
    { era: 1, after: originPosition, from: originPosition },
    { era: 2, after: at(10), from: at(20) },
  ];

  it('do not count behind the start of the next era, and do before it', async () => {
    const slices = [
      sliceOf([entry(9)]),
      sliceOf([entry(11)], 1),
      sliceOf([entry(12)], 2),
      sliceOf([entry(21)], 1),
      sliceOf([entry(22)], 2),
    ];
    const { read } = historyOver({ slices, state: { eras } });
    expect((await read()).ids).toEqual([9, 12, 22].map(idOf));
  });

  it('give each event once, in the order of positions, if slices overlap', async () => {
    const slices = [sliceOf([entry(1), entry(3)]), sliceOf([entry(2), entry(3), entry(4)])];
    const { read } = historyOver({ slices });
    expect((await read()).ids).toEqual(range(1, 5));
  });
});

describe('a cursor from a time that the log does not have', () => {
  const eras = [
    { era: 1, after: originPosition, from: originPosition },
    { era: 2, after: at(100), from: at(200) },
  ];
  const { history, state } = historyOver({ state: { eras } });

  it('is covered outside of the gap, and at the events that are placed in it', () => {
    const placed = toPlacedPosition(idOf(5), at(100));
    const covered = [originPosition, toPlacedPosition(idOf(1)), at(1), at(100), at(200), at(201), placed];
    for (const position of covered) {
      expect([position, history.covers(state, position)]).toEqual([position, true]);
      expect(history.toCovered(state, position)).toBe(position);
    }
    for (const position of [at(101), at(199)]) expect(history.covers(state, position)).toBe(false);
  });

  it('resumes at the events that were made a few minutes before it', () => {
    const from = history.toCovered(state, at(150));
    const madeBefore = (minutes: number) =>
      toPlacedPosition(lowestIdAt('evt_', (seconds + 150 - minutes * 60) * 1000), at(100));
    expect(from > at(100)).toBe(true);
    expect(from <= madeBefore(1)).toBe(true);
    expect(from >= madeBefore(10)).toBe(true);
  });
});

it('knows the state of the log since it was last read', async () => {
  const { history, state } = historyOver({});
  expect(history.state).toBeUndefined();
  expect(await history.refresh()).toBe(state);
  expect(history.state).toBe(state);
});
