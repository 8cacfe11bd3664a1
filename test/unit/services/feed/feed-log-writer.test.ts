import { afterEach, describe, expect, it, vi } from 'vitest';
import { apiError } from '../../../../server/src/domain/errors.ts';
import {
  originPosition,
  positionAfterTime,
  toPlacedPosition,
} from '../../../../server/src/domain/feed-position.ts';
import { lowestIdAt } from '../../../../server/src/domain/ids.ts';
import type {
  FeedBatch,
  FeedEntry,
  FeedLog,
  FeedLogState,
} from '../../../../server/src/domain/ports/feed-log.ts';
import {
  FeedLogWriter,
  insertMarginMs,
  type FeedLogWriterOptions,
} from '../../../../server/src/services/feed/feed-log-writer.ts';
import { FakeClock } from '../../../support/clock.ts';

type WriterLog = Pick<
  FeedLog,
  | 'isWanted'
  | 'claim'
  | 'renew'
  | 'release'
  | 'end'
  | 'begin'
  | 'getClusterTime'
  | 'listAt'
  | 'listRecorded'
  | 'append'
>;

const seconds = 1_767_225_600;
const positionAt = (number: number) => positionAfterTime({ seconds: seconds + number, increment: 1 });
const entry = (id: string, position = ''): FeedEntry => ({
  id,
  appId: 'app_a',
  accountId: 'acc_a',
  type: 'invoice.paid',
  position,
});
const batch = (number: number, ...ids: string[]): FeedBatch => ({
  entries: ids.map((id) => entry(id, positionAt(number))),
  position: positionAt(number),
});
const begun: FeedLogState = {
  firstId: 'evt_first',
  completeTo: positionAt(0),
  eras: [{ era: 4, after: originPosition, from: originPosition }],
};

const writers: FeedLogWriter[] = [];
afterEach(async () => {
  await Promise.all(writers.splice(0).map((writer) => writer.stop()));
});

interface SceneOptions extends Partial<FeedLogWriterOptions> {
  readonly state?: FeedLogState | undefined;
  /** What the source has behind a position, before it waits for more. */
  readonly batches?: readonly FeedBatch[];
  readonly log?: Partial<WriterLog>;
  readonly tail?: (after: string) => AsyncIterable<FeedBatch>;
}

/** A writer over a log that notes what is written, in order. Its source waits at its end. */
function aScene({ state, batches = [], log: replaced = {}, tail, ...options }: SceneOptions = {}) {
  const clock = new FakeClock(seconds * 1_000);
  const steps: unknown[] = [];
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const feedLog: WriterLog = {
    isWanted: () => Promise.resolve(true),
    claim: (token, now) => {
      steps.push('claim');
      return Promise.resolve({ token, state, nextEra: 5, usedAt: now });
    },
    renew: (_token, until, completeTo) => {
      if (completeTo !== undefined) steps.push(['complete', completeTo, until - clock.now()]);
      return Promise.resolve(true);
    },
    release: () => {
      steps.push('release');
      return Promise.resolve();
    },
    end: () => {
      steps.push('end');
      return Promise.resolve();
    },
    begin: (_token, start) => {
      steps.push(['begin', start]);
      return Promise.resolve(true);
    },
    getClusterTime: () => Promise.resolve({ seconds, increment: 7 }),
    listAt: () => Promise.resolve([]),
    listRecorded: () => Promise.resolve(new Set()),
    append: (entries, slice) => {
      steps.push(['append', entries.map(({ id }) => id), slice]);
      return Promise.resolve();
    },
    ...replaced,
  };
  const tailed: string[] = [];
  const writer = new FeedLogWriter(
    {
      log,
      // `as`: the writer does not read the log.
      feedLog: feedLog as FeedLog,
      clock,
      source: {
        async *tail(after, signal) {
          tailed.push(after);
          yield* tail?.(after) ?? batches;
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      },
    },
    { keepMs: 60_000, leaseMs: 3_000, lookEveryMs: 60_000, flushMs: 0, ...options },
  );
  writers.push(writer);
  writer.start();
  const until = (check: () => void) => vi.waitFor(check, { interval: 1 });
  return { writer, clock, steps, tailed, log, until };
}

const since = (agoMs: number) => lowestIdAt('evt_', seconds * 1_000 - agoMs);

describe('a log that has begun', () => {
  it('is continued behind its end, in a new era, with each slice before its end is moved', async () => {
    const { steps, tailed, until, writer } = aScene({
      state: begun,
      batches: [batch(1, 'evt_1', 'evt_2'), batch(2, 'evt_3')],
    });
    await until(() => expect(steps).toHaveLength(6));
    expect(steps).toEqual([
      'claim',
      ['begin', { firstId: 'evt_first', era: { era: 5, after: positionAt(0), from: positionAt(0) } }],
      ['append', ['evt_1', 'evt_2'], { era: 5, end: positionAt(1) }],
      ['complete', positionAt(1), 3_000],
      ['append', ['evt_3'], { era: 5, end: positionAt(2) }],
      ['complete', positionAt(2), 3_000],
    ]);
    expect(tailed).toEqual([positionAt(0)]);
    expect(writer.lagMs).toBe(0);
    await writer.stop();
    expect(steps.at(-1)).toBe('release');
    expect(writer.lagMs).toBeUndefined();
  });

  it('gets the events of several small batches in one slice', async () => {
    const scene = aScene({
      state: begun,
      flushMs: 10,
      async *tail() {
        yield batch(1, 'evt_1');
        yield batch(2, 'evt_2');
        await Promise.resolve();
        scene.clock.advance(10);
        yield batch(3, 'evt_3');
      },
    });
    await scene.until(() => expect(scene.steps).toHaveLength(4));
    expect(scene.steps.slice(2)).toEqual([
      ['append', ['evt_1', 'evt_2', 'evt_3'], { era: 5, end: positionAt(3) }],
      ['complete', positionAt(3), 3_000],
    ]);
  });

  it('gets large batches at once, also after the source had nothing', async () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => `evt_${n}`);
    const { steps, until } = aScene({
      state: begun,
      flushMs: 60_000,
      batches: [batch(1), batch(2, ...ids.slice(0, 1_000)), batch(3, ...ids.slice(1_000))],
    });
    await until(() => expect(steps).toHaveLength(4));
    expect(steps[2]).toEqual(['append', ids, { era: 5, end: positionAt(3) }]);
  });

  it('moves its end without events too, at half the lease', async () => {
    const scene = aScene({
      state: begun,
      async *tail() {
        yield batch(1);
        scene.clock.advance(1_499);
        yield batch(2);
        await Promise.resolve();
        scene.clock.advance(1);
        yield batch(3);
      },
    });
    await scene.until(() => expect(scene.steps).toHaveLength(4));
    expect(scene.steps.at(-1)).toEqual(['complete', positionAt(3), 3_000]);
  });

  it('is behind by the age of what it has written last', async () => {
    const scene = aScene({ state: { ...begun, completeTo: positionAt(-60) } });
    await scene.until(() => expect(scene.tailed).toHaveLength(1));
    expect(scene.writer.lagMs).toBe(60_000);
    scene.clock.advance(500);
    expect(scene.writer.lagMs).toBe(60_500);
  });

  it('is left when another process has claimed it, before or after a slice', async () => {
    const before = aScene({ state: begun, log: { begin: () => Promise.resolve(false) } });
    await before.until(() => expect(before.steps).toEqual(['claim', 'release']));
    expect(before.tailed).toEqual([]);
    const after = aScene({
      state: begun,
      batches: [batch(1, 'evt_1'), batch(2, 'evt_2')],
      log: { renew: () => Promise.resolve(false) },
    });
    await after.until(() => expect(after.steps.at(-1)).toBe('release'));
    expect(after.steps.filter((step) => Array.isArray(step) && step[0] === 'append')).toHaveLength(1);
  });

  it('is left when its lease is lost while nothing happens', async () => {
    const renewals: number[] = [];
    const scene = aScene({
      state: begun,
      leaseMs: 6,
      log: {
        renew: (_token, until) => {
          renewals.push(until - seconds * 1_000);
          if (renewals.length === 1) return Promise.reject(new Error('away'));
          return Promise.resolve(renewals.length < 3);
        },
      },
    });
    await scene.until(() => expect(scene.steps.at(-1)).toBe('release'));
    expect(renewals).toEqual([6, 6, 6]);
    expect(scene.log.warn.mock.calls).toEqual([
      [{ err: new Error('away') }, 'the lease of the feed log was not renewed; will retry'],
    ]);
  });

  it('is claimed again after half a day, so that one that is not used any more ends', async () => {
    const halfDayMs = 12 * 60 * 60_000;
    const scene = aScene({
      state: begun,
      lookEveryMs: 1,
      async *tail() {
        scene.clock.advance(halfDayMs);
        yield batch(1, 'evt_1');
        await Promise.resolve();
        scene.clock.advance(1);
        yield batch(2, 'evt_2');
      },
    });
    await scene.until(() => expect(scene.tailed.length).toBeGreaterThan(1));
    expect(scene.steps.slice(2, 8)).toEqual([
      ['append', ['evt_1'], { era: 5, end: positionAt(1) }],
      ['complete', positionAt(1), 3_000],
      ['append', ['evt_2'], { era: 5, end: positionAt(2) }],
      ['complete', positionAt(2), 3_000],
      'release',
      'claim',
    ]);
  });

  it('begins a new era if the database no longer has what follows, without what is recorded', async () => {
    const completeTo = positionAt(-600);
    const [a, b, c] = [since(800_000), since(700_000), since(0)];
    const listed: unknown[] = [];
    const recorded = vi.fn(() => Promise.resolve(new Set([a])));
    let fails = true;
    const scene = aScene({
      state: { ...begun, completeTo },
      // eslint-disable-next-line require-yield -- it fails before
      async *tail() {
        await Promise.resolve();
        if (fails) {
          fails = false;
          throw apiError('INVALID_INPUT', 'too old');
        }
      },
      log: {
        listRecorded: recorded,
        listAt: (query, at) => {
          listed.push([query, at]);
          return Promise.resolve(at === undefined ? [entry(a), entry(b)] : [entry(c)]);
        },
      },
    });
    await scene.until(() => expect(scene.tailed).toHaveLength(2));
    const from = positionAfterTime({ seconds, increment: 7 });
    expect(scene.steps.slice(2)).toEqual([
      ['append', [b], { era: 6, end: toPlacedPosition(b, completeTo) }],
      ['append', [c], { era: 6, end: toPlacedPosition(c, completeTo) }],
      ['begin', { firstId: 'evt_first', era: { era: 6, after: completeTo, from } }],
    ]);
    expect(recorded.mock.calls).toEqual([[seconds * 1_000 - 600_000 - insertMarginMs, completeTo]]);
    expect(listed).toEqual([
      [
        { afterId: since(600_000 + insertMarginMs), beforeId: since(insertMarginMs), limit: 2_000 },
        undefined,
      ],
      [
        { afterId: since(insertMarginMs), beforeId: undefined, limit: 2_000 },
        { seconds, increment: 7 },
      ],
    ]);
    expect(scene.tailed).toEqual([completeTo, from]);
    expect(scene.log.warn).toHaveBeenCalledTimes(1);
  });
});

describe('a log that has not begun', () => {
  it('places the events of the last minutes by their ids, and continues behind them', async () => {
    const ids = Array.from({ length: 2_001 }, (_, n) => `evt_${String(n).padStart(26, '0')}`);
    const queries: unknown[] = [];
    const { steps, tailed, log, until } = aScene({
      log: {
        listAt: (query, at) => {
          queries.push([query, at]);
          return Promise.resolve(
            ids
              .filter((id) => queries.length === 1 || id > query.afterId)
              .slice(0, query.limit)
              .map((id) => entry(id)),
          );
        },
      },
    });
    await until(() => expect(tailed).toHaveLength(1));
    const at = { seconds, increment: 7 };
    const firstId = since(insertMarginMs);
    expect(queries).toEqual([
      [{ afterId: firstId, beforeId: undefined, limit: 2_000 }, at],
      [{ afterId: ids[1_999], beforeId: undefined, limit: 2_000 }, at],
    ]);
    const from = positionAfterTime(at);
    expect(steps).toEqual([
      'claim',
      ['append', ids.slice(0, 2_000), { era: 5, end: toPlacedPosition(ids[1_999] ?? '') }],
      ['append', ids.slice(2_000), { era: 5, end: toPlacedPosition(ids[2_000] ?? '') }],
      ['begin', { firstId, era: { era: 5, after: originPosition, from } }],
    ]);
    expect(tailed).toEqual([from]);
    expect(log.info.mock.calls).toEqual([
      [{ era: 5, placed: 2_001, durationMs: 0 }, 'the feed log has begun'],
    ]);
  });

  it('is left when another process begins it', async () => {
    const { steps, tailed, log, until } = aScene({ log: { begin: () => Promise.resolve(false) } });
    await until(() => expect(steps.at(-1)).toBe('release'));
    expect([tailed, log.info.mock.calls]).toEqual([[], []]);
  });
});

describe('a writer', () => {
  it('ends a log that was not used for longer than it is kept', async () => {
    const usedAt = seconds * 1_000 - 60_000;
    const claim = (agoMs: number) => (token: string) =>
      Promise.resolve({ token, state: begun, nextEra: 5, usedAt: usedAt - agoMs });
    const unused = aScene({ log: { claim: claim(1) } });
    await unused.until(() => expect(unused.steps).toEqual(['end', 'release']));
    const used = aScene({ log: { claim: claim(0) } });
    await used.until(() => expect(used.tailed).toHaveLength(1));
    expect(used.steps).not.toContain('end');
  });

  it('claims nothing while the log is not wanted, and looks again when it is woken', async () => {
    let isWanted = false;
    const looked = vi.fn(() => Promise.resolve(isWanted));
    const { writer, steps, until } = aScene({ state: begun, log: { isWanted: looked } });
    await until(() => expect(looked).toHaveBeenCalledTimes(1));
    expect(steps).toEqual([]);
    isWanted = true;
    writer.wake();
    await until(() => expect(steps).toContain('claim'));
  });

  it('looks again by itself, also after another process had the log', async () => {
    const claim = vi.fn(() => Promise.resolve(undefined));
    const { steps, until } = aScene({ lookEveryMs: 1, log: { claim } });
    await until(() => expect(claim.mock.calls.length).toBeGreaterThan(2));
    expect(steps).toEqual([]);
  });

  it.each([new Error('away'), apiError('UNAVAILABLE', 'away')])(
    'logs a failure, gives the log back, and resumes after a while: %s',
    async (failure) => {
      const { writer, steps, log, until } = aScene({
        state: begun,
        batches: [batch(1, 'evt_1')],
        log: {
          append: async () => {
            await Promise.resolve();
            throw failure;
          },
        },
      });
      await until(() => expect(log.warn).toHaveBeenCalledTimes(1));
      expect(log.warn.mock.calls).toEqual([[{ err: failure }, 'the feed log was interrupted; will resume']]);
      expect(steps.at(-1)).toBe('release');
      // What is already in the log stays as it is.
      expect(steps.filter((step) => Array.isArray(step) && step[0] === 'begin')).toHaveLength(1);
      await writer.stop();
    },
  );
});
