import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedFilter, FeedItem } from '../../../../../server/src/domain/ports/event-feed.ts';
import {
  defaultLiveFeedOptions,
  LiveFeed,
  type LiveFeedOptions,
} from '../../../../../server/src/services/events/live/live-feed.ts';
import type { FeedReader } from '../../../../../server/src/services/events/live/feed-reader.ts';
import { FakeFeed, toTestCursor } from '../../../../support/fake-feed.ts';

const everything: FeedFilter = { types: undefined };

function liveOver(feed: FakeFeed, options: Partial<LiveFeedOptions> = {}) {
  const warnings: string[] = [];
  let slow = 0;
  const log = { debug() {}, info() {}, error() {}, warn: (_: object, text: string) => warnings.push(text) };
  const live = new LiveFeed(
    { feed, clock: { now: () => 0 }, log, onSlowReader: () => slow++ },
    { ...defaultLiveFeedOptions, ...options },
  );
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const join = async (after?: string, filter = everything) => await live.join(filter, after, stop.signal);
  /** Takes events until there are `count`. */
  const take = async (reader: FeedReader, count: number): Promise<string[]> => {
    const ids: string[] = [];
    while (ids.length < count) {
      const item: FeedItem | undefined = await live.next(reader, 1_000, stop.signal);
      if (item?.event !== undefined) ids.push(item.event.id);
    }
    return ids;
  };
  return { live, join, take, stop, warnings, slowCount: () => slow };
}

const idsFrom = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `evt_${first + index}`);

/** Lets all promises that can settle without a timer do so. */
const settle = async () => await vi.advanceTimersByTimeAsync(0);

describe('the live feed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('reads one stream for all readers, and closes it a while after the last one left', async () => {
    const feed = new FakeFeed();
    const { live, join, take } = liveOver(feed);
    const readers = await Promise.all(Array.from({ length: 100 }, () => join()));
    feed.publish();
    for (const reader of readers) expect(await take(reader, 1)).toEqual(['evt_1']);
    expect(feed.queries).toHaveLength(1);
    for (const reader of readers) live.leave(reader);
    await vi.advanceTimersByTimeAsync(defaultLiveFeedOptions.lingerMs - 1);
    expect(feed.running).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(feed.running).toBe(0);
    feed.publish();
    const late = await join();
    feed.publish();
    expect(await take(late, 1)).toEqual(['evt_3']);
  });

  it('gives a reader only the events of its account, app and types, and moves it past the others', async () => {
    const feed = new FakeFeed();
    const { live, join, take, stop } = liveOver(feed);
    const reader = await join(undefined, { accountId: 'acc_b', appId: 'app_b', types: ['user.ban'] });
    feed.publish();
    feed.publish({ accountId: 'acc_b', appId: 'app_other', type: 'user.ban' });
    feed.publish({ accountId: 'acc_b', appId: 'app_b' });
    feed.publish({ accountId: 'acc_b', appId: 'app_b', type: 'user.ban' });
    expect(await take(reader, 1)).toEqual(['evt_4']);
    const byPattern = await join(toTestCursor(0), {
      accountId: 'acc_b',
      types: ['other', 'user.b.*', 'user.*'],
    });
    expect(await take(byPattern, 3)).toEqual(['evt_2', 'evt_3', 'evt_4']);
    live.leave(byPattern);
    feed.publish();
    await settle();
    const idle = live.next(reader, 1_000, stop.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await idle).toEqual({ cursor: toTestCursor(5), event: undefined });
  });

  it('resumes a reader from the recent events, without a stream of its own', async () => {
    const feed = new FakeFeed();
    const { join, take } = liveOver(feed);
    await join();
    for (let n = 0; n < 5; n++) feed.publish();
    await settle();
    const reader = await join(toTestCursor(2));
    feed.publish();
    expect(await take(reader, 4)).toEqual(idsFrom(3, 6));
    expect(feed.queries).toHaveLength(1);
  });

  it('starts where its first reader resumes, so that the others find what they missed in memory', async () => {
    const feed = new FakeFeed();
    for (let n = 0; n < 100; n++) feed.publish();
    const { join, take } = liveOver(feed);
    const cursors = [40, 40, 60, 90, 100].map(toTestCursor);
    const [first, ...others] = await Promise.all(cursors.map((cursor) => join(cursor)));
    if (first === undefined) throw new Error('no reader');
    expect(await take(first, 60)).toEqual(idsFrom(41, 100));
    feed.publish();
    const received = await Promise.all(
      others.map(async (reader, index) => await take(reader, [61, 41, 11, 1][index] ?? 0)),
    );
    expect(received).toEqual([41, 61, 91, 101].map((from) => idsFrom(from, 101)));
    expect(feed.queries).toHaveLength(1);
  });

  it('starts now if its first reader resumes from long ago, which then catches up', async () => {
    const feed = new FakeFeed();
    for (let n = 0; n < 100; n++) feed.publish();
    feed.time = -60_001;
    const { join, take } = liveOver(feed);
    expect(await take(await join(toTestCursor(40)), 60)).toEqual(idsFrom(41, 100));
    expect(feed.queries.map(({ after }) => after)).toEqual([undefined, toTestCursor(40)]);
  });

  it('gives a new reader no older events while the shared stream has not reached the present', async () => {
    const feed = new FakeFeed();
    for (let n = 0; n < 100; n++) feed.publish();
    const { join, take } = liveOver(feed);
    const [, late] = await Promise.all([join(toTestCursor(40)), join()]);
    if (late === undefined) throw new Error('no reader');
    feed.publish();
    expect(await take(late, 1)).toEqual(['evt_101']);
  });

  it('catches up from the database and then joins the shared stream, without gap or repeat', async () => {
    const feed = new FakeFeed();
    for (let n = 0; n < 1_000; n++) feed.publish();
    const { join, take } = liveOver(feed, { maxRecentEvents: 10 });
    const first = await join();
    for (let n = 0; n < 50; n++) feed.publish();
    const reader = await join(toTestCursor(3));
    const received = await take(reader, 500);
    for (let n = 0; n < 50; n++) feed.publish();
    received.push(...(await take(reader, 597)));
    expect(received).toEqual(idsFrom(4, 1_100));
    expect(await take(first, 100)).toEqual(idsFrom(1_001, 1_100));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(feed.running).toBe(1);
  });

  it('drops the buffer of a slow reader, which misses nothing when it reads again', async () => {
    const feed = new FakeFeed();
    const { join, take, slowCount } = liveOver(feed, { maxRecentEvents: 100 });
    const [slow, quick] = [await join(), await join()];
    const received: string[] = [];
    for (let n = 0; n < 100; n++) {
      for (let i = 0; i < 10; i++) feed.publish();
      received.push(...(await take(quick, 10)));
    }
    expect(received).toEqual(idsFrom(1, 1_000));
    expect(slow.isEmpty).toBe(true);
    expect(slowCount()).toBe(1);
    expect(await take(slow, 1_000)).toEqual(idsFrom(1, 1_000));
  });

  it('bounds the bytes that it buffers for a slow reader', async () => {
    const feed = new FakeFeed();
    const { join, take, slowCount } = liveOver(feed);
    const slow = await join();
    for (let n = 0; n < 3; n++) feed.publish({ dataText: `"${'x'.repeat(100_000)}"` });
    await settle();
    expect(slowCount()).toBe(1);
    expect(await take(slow, 3)).toEqual(idsFrom(1, 3));
  });

  it('opens the shared stream again after an error, at the same position', async () => {
    const feed = new FakeFeed();
    const { join, take, warnings } = liveOver(feed);
    const reader = await join();
    feed.publish();
    await settle();
    feed.fail();
    await settle();
    feed.publish();
    const reading = take(reader, 2);
    await vi.advanceTimersByTimeAsync(500);
    expect(await reading).toEqual(['evt_1', 'evt_2']);
    expect(feed.queries.map(({ after }) => after)).toEqual([undefined, toTestCursor(1)]);
    expect(warnings).toHaveLength(1);
  });

  it('rejects a reader whose position is too old, also if it was live', async () => {
    const feed = new FakeFeed();
    for (let n = 0; n < 10; n++) feed.publish();
    feed.oldest = 5;
    const { live, join, stop } = liveOver(feed);
    const reader = await join();
    await expect(join(toTestCursor(4))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(join('nonsense')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    feed.oldest = 11;
    feed.fail();
    for (let n = 0; n < 5; n++) feed.publish();
    await vi.advanceTimersByTimeAsync(1_000);
    const next = (async () => {
      for (;;) await live.next(reader, 1_000, stop.signal);
    })();
    await Promise.all([
      expect(next).rejects.toMatchObject({ code: 'INVALID_INPUT' }),
      vi.advanceTimersByTimeAsync(2_000),
    ]);
  });

  it('lets few readers catch up at once, accounts in turns, and a hanging one not for long', async () => {
    const feed = new FakeFeed();
    for (let n = 0; n < 10; n++) feed.publish({ accountId: 'acc_big' });
    feed.publish({ accountId: 'acc_small' });
    const { join } = liveOver(feed, { maxCatchUps: 4, maxCatchUpsPerAccount: 2 });
    await join();
    feed.isSlow = true;
    const big = Array.from({ length: 50 }, () =>
      join(toTestCursor(1), { ...everything, accountId: 'acc_big' }),
    );
    await settle();
    expect(feed.running).toBe(1 + 2);
    feed.isSlow = false;
    const small = await join(toTestCursor(1), { ...everything, accountId: 'acc_small' });
    expect(small.isEmpty).toBe(false);
    feed.wake();
    await Promise.all(big);
    expect(feed.mostRunning).toBeLessThanOrEqual(1 + 4);
  });

  it('rejects readers that cannot start, and leaves no stream or timer of theirs behind', async () => {
    const feed = new FakeFeed();
    feed.read = async function* () {
      await Promise.reject(new Error('no database'));
      yield* [];
    };
    const { live, join } = liveOver(feed);
    await Promise.all([
      expect(join()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 }),
      vi.advanceTimersByTimeAsync(10_000),
    ]);
    await vi.advanceTimersByTimeAsync(defaultLiveFeedOptions.lingerMs + 1_000);
    expect(vi.getTimerCount()).toBe(0);
    await live[Symbol.asyncDispose]();
  });
});
