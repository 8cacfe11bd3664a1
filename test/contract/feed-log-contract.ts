import { beforeEach, describe, expect, it } from 'vitest';
import { originPosition, toPlacedPosition } from '../../server/src/domain/feed-position.ts';
import type { EventStore } from '../../server/src/domain/ports/event-store.ts';
import type { FeedConsumerStore } from '../../server/src/domain/ports/feed-consumers.ts';
import type { FeedEntry, FeedIdQuery, FeedLog } from '../../server/src/domain/ports/feed-log.ts';
import { anEvent } from '../support/builders.ts';

export interface FeedLogScene {
  readonly log: FeedLog;
  readonly events: Pick<EventStore, 'insertMany'>;
  readonly consumers: FeedConsumerStore;
}

const now = Date.parse('2026-11-27T00:00:00.000Z');
const toPosition = (n: number) => `6B09${n.toString(16).toUpperCase().padStart(16, '0')}`;
const everything = { after: originPosition, to: toPosition(1_000) };

function anEntry(n: number, change: Partial<FeedEntry> = {}): FeedEntry {
  const { id } = anEvent({ acceptedAt: now + n });
  return { id, appId: 'app_1', accountId: 'acc_1', type: 'user.login', position: toPosition(n), ...change };
}

/** What every store of the feed's log guarantees. */
export function describeFeedLog(open: () => Promise<FeedLogScene>): void {
  let scene: FeedLogScene;
  beforeEach(async () => {
    scene = await open();
  });

  describe('the log of the feed', () => {
    it('is wanted from its first use on, and has one writer at a time', async () => {
      const { log } = scene;
      expect(await log.isWanted()).toBe(false);
      expect(await log.claim('one', now, 10_000)).toBeUndefined();
      await log.use(now);
      expect(await log.isWanted()).toBe(true);
      expect(await log.find()).toBeUndefined();
      const claim = await log.claim('one', now, 10_000);
      expect(claim).toMatchObject({ token: 'one', state: undefined, nextEra: 1, usedAt: now });
      expect(await log.claim('two', now + 9_999, 10_000)).toBeUndefined();
      expect(await log.renew('one', now + 20_000)).toBe(true);
      expect(await log.claim('two', now + 10_000, 10_000)).toBeUndefined();
      expect(await log.claim('two', now + 20_000, 10_000)).toMatchObject({ token: 'two' });
      expect(await log.renew('one', now + 90_000)).toBe(false);
      await log.release('one');
      expect(await log.claim('three', now + 20_001, 10_000)).toBeUndefined();
      await log.release('two');
      expect(await log.claim('three', now + 20_001, 10_000)).toBeDefined();
    });

    it('moves forward only, and only for its writer', async () => {
      const { log } = scene;
      await log.use(now);
      await log.claim('one', now, 10_000);
      const era = { era: 1, after: originPosition, from: toPosition(1) };
      expect(await log.begin('other', { firstId: 'evt_a', era })).toBe(false);
      expect(await log.begin('one', { firstId: 'evt_a', era })).toBe(true);
      expect(await log.find()).toEqual({ firstId: 'evt_a', completeTo: toPosition(1), eras: [era] });
      await log.renew('one', now, toPosition(5));
      await log.renew('one', now, toPosition(3));
      await log.renew('other', now, toPosition(9));
      expect((await log.find())?.completeTo).toBe(toPosition(5));
      const claim = await log.claim('two', now, 10_000);
      expect(claim).toMatchObject({ nextEra: 2, state: { completeTo: toPosition(5) } });
      await log.end('one');
      expect(await log.isWanted()).toBe(true);
      await log.end('two');
      expect(await log.isWanted()).toBe(false);
      await log.use(now);
      expect(await log.claim('three', now, 10_000)).toMatchObject({ state: undefined, nextEra: 2 });
    });

    it('returns slices of an app, of an account and of all, in order, within a range', async () => {
      const { log } = scene;
      const two = { appId: 'app_2' };
      const other = { appId: 'app_3', accountId: 'acc_2' };
      const first = [anEntry(1), anEntry(2, two), anEntry(3), anEntry(4, other)];
      const second = [anEntry(5, two), anEntry(6), anEntry(7, two)];
      await log.append(first, { era: 1, end: toPosition(4) });
      await log.append(second, { era: 1, end: toPosition(8) });
      await log.append([], { era: 1, end: toPosition(9) });
      const all = [...first, ...second];
      const read = async (scope: { appId?: string; accountId?: string }, range = everything) =>
        (await log.readSlices(scope, range, 100)).slices
          .flatMap(({ entries }) => entries)
          .toSorted((a, b) => (a.position < b.position ? -1 : 1));
      expect(await read({ appId: 'app_1' })).toEqual(all.filter(({ appId }) => appId === 'app_1'));
      expect(await read({ accountId: 'acc_1' })).toEqual(
        all.filter(({ accountId }) => accountId === 'acc_1'),
      );
      expect(await read({})).toEqual(all);
      expect(await read({ appId: 'app_2' }, { after: toPosition(2), to: toPosition(7) })).toEqual([
        second[0],
        second[2],
      ]);
      expect(await read({ appId: 'app_2' }, { after: toPosition(7), to: toPosition(9) })).toEqual([]);
      expect(await read({}, { after: toPosition(4), to: toPosition(8) })).toEqual(second);
    });

    it('returns the slices of all apps that were written at once together', async () => {
      const { log } = scene;
      for (let n = 1; n < 13; n += 4) {
        const apps = ['app_1', 'app_2', 'app_3', 'app_4'];
        const entries = apps.map((appId, index) => anEntry(n + index, { appId }));
        await log.append(entries, { era: 1, end: toPosition(n + 3) });
      }
      let after = originPosition;
      const ends: string[] = [];
      for (let hasMore = true; hasMore;) {
        const page = await log.readSlices({ accountId: 'acc_1' }, { ...everything, after }, 3);
        expect(page.slices.length % 4).toBe(0);
        ends.push(...page.slices.map(({ end }) => end));
        after = page.slices.at(-1)?.end ?? after;
        ({ hasMore } = page);
      }
      expect(ends).toHaveLength(12);
    });

    it('keeps a slice that is written again', async () => {
      const { log } = scene;
      const entries = [anEntry(1), anEntry(2)];
      await log.append(entries, { era: 1, end: toPosition(2) });
      await log.append(entries, { era: 1, end: toPosition(2) });
      const { slices } = await log.readSlices({ appId: 'app_1' }, everything, 10);
      expect(slices.map((slice) => slice.entries)).toEqual([entries]);
    });

    it('lists recorded ids up to a position, and removes slices by the time of their events', async () => {
      const { log } = scene;
      const entries = [anEntry(1_000), anEntry(2_000), anEntry(3_000)];
      for (const entry of entries) await log.append([entry], { era: 1, end: entry.position });
      const [first, second, third] = entries.map(({ id }) => id);
      expect(await log.listRecorded(now, toPosition(2_000))).toEqual(new Set([first, second]));
      expect(await log.listRecorded(now + 2_000, toPosition(3_000))).toEqual(new Set([second, third]));
      expect(await log.purge(now + 2_500, 1)).toBe(1);
      expect(await log.purge(now + 2_500, 10)).toBe(1);
      expect(await log.purge(now + 2_500, 10)).toBe(0);
      const { slices } = await log.readSlices({}, { ...everything, to: toPosition(9_000) }, 10);
      expect(slices.flatMap((slice) => slice.entries.map(({ id }) => id))).toEqual([third]);
    });
  });

  describe('the events of the feed', () => {
    it('are listed by id for an app, an account or all, by types and patterns', async () => {
      const { log, events } = scene;
      const made = ['user.login', 'user.ban', 'license.revoked', 'user.login', 'user.ban'].map((type, n) =>
        anEvent({
          type,
          acceptedAt: now + n,
          targets: [],
          appId: n < 3 ? 'app_1' : 'app_2',
          accountId: 'acc_1',
        }),
      );
      const foreign = anEvent({ acceptedAt: now + 9, targets: [], appId: 'app_9', accountId: 'acc_9' });
      await events.insertMany([...made, foreign]);
      const all: FeedIdQuery = { afterId: '', beforeId: undefined, limit: 10 };
      const list = async (filter: { appId?: string; accountId?: string; types?: string[] }, range = all) =>
        (await log.listIds({ types: undefined, ...filter }, range)).map(({ id }) => id);
      const [a, b, c, d, e] = made.map(({ id }) => id);
      expect(await list({ appId: 'app_1' })).toEqual([a, b, c]);
      expect(await list({ accountId: 'acc_1' })).toEqual([a, b, c, d, e]);
      expect(await list({})).toEqual([a, b, c, d, e, foreign.id]);
      expect(await list({ accountId: 'acc_1', types: ['user.*'] })).toEqual([a, b, d, e]);
      expect(await list({ accountId: 'acc_1', types: ['license.revoked', 'user.ban'] })).toEqual([b, c, e]);
      expect(await list({ accountId: 'acc_1' }, { ...all, afterId: a ?? '', limit: 2 })).toEqual([b, c]);
      const before = { afterId: a ?? '', beforeId: e, limit: 10 };
      expect(await list({ accountId: 'acc_1' }, before)).toEqual([b, c, d]);
      expect((await log.listAt(before, undefined)).map(({ id }) => id)).toEqual([b, c, d]);
      const contents = await log.getEvents([c ?? '', 'evt_unknown', foreign.id]);
      expect(new Set(contents.keys())).toEqual(new Set([c, foreign.id]));
      expect(contents.get(c ?? '')).toMatchObject({
        type: 'license.revoked',
        appId: 'app_1',
        acceptedAt: now + 2,
      });
    });

    it('are listed as they were at a cluster time', async () => {
      const { log, events } = scene;
      const early = anEvent({ acceptedAt: now + 5, targets: [] });
      await events.insertMany([early]);
      const at = await log.getClusterTime();
      // Stored later, with a lower id.
      await events.insertMany([anEvent({ acceptedAt: now, targets: [] })]);
      const query = { afterId: '', beforeId: undefined, limit: 10 };
      expect((await log.listAt(query, at)).map(({ id }) => id)).toEqual([early.id]);
      expect(await log.listAt(query, undefined)).toHaveLength(2);
    });
  });

  describe('the consumers of the feed', () => {
    const commit = { appId: 'app_1', accountId: 'acc_1', name: 'billing', updatedAt: now };
    const [one, two] = [toPosition(1), toPlacedPosition(`evt_${'0'.repeat(26)}`)];

    it('are created by a commit, and moved by compare-and-set', async () => {
      const { consumers } = scene;
      const move = async (cursor: string, expected?: string | null) =>
        await consumers.commit({ ...commit, cursor, expected }, 100);
      expect(await move(one, two)).toBe('conflict');
      expect(await move(one, null)).toBe('committed');
      expect(await move(two, null)).toBe('conflict');
      expect(await move(two, two)).toBe('conflict');
      expect(await consumers.find('app_1', 'billing')).toEqual({
        name: 'billing',
        cursor: one,
        updatedAt: now,
      });
      expect(await move(two, one)).toBe('committed');
      expect(await move(one)).toBe('committed');
      expect(await consumers.list('app_1')).toEqual([{ name: 'billing', cursor: one, updatedAt: now }]);
      expect(await consumers.list('app_2')).toEqual([]);
    });

    it('of an app have an exact limit, also for calls at once', async () => {
      const { consumers } = scene;
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          consumers.commit({ ...commit, name: `c${n}`, cursor: one, expected: null }, 5),
        ),
      );
      expect(results.filter((result) => result === 'committed')).toHaveLength(5);
      expect(results.filter((result) => result === 'limit_reached')).toHaveLength(3);
      const [{ name } = { name: '' }] = await consumers.list('app_1');
      expect(await consumers.commit({ ...commit, name, cursor: two, expected: one }, 5)).toBe('committed');
      expect(await consumers.delete('app_1', name)).toBe(true);
      expect(await consumers.delete('app_1', name)).toBe(false);
      expect(await consumers.commit({ ...commit, name: 'new', cursor: one, expected: undefined }, 5)).toBe(
        'committed',
      );
    });
  });
}
