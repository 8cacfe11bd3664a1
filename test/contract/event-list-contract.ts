import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventFilter } from '@tocsin/shared';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import type { VisibleOnly } from '../../server/src/domain/ports/page-request.ts';
import { anEvent } from '../support/builders.ts';
import type { StoresHarness } from './stores-harness.ts';

type Filter = VisibleOnly<EventFilter>;

const iso = (at: number) => new Date(at).toISOString();
const start = Date.parse('2026-01-01T00:00:00.000Z');

/** Ten events, one per second, of two apps and two types in turn. */
const all = Array.from({ length: 10 }, (_, index) =>
  anEvent({
    acceptedAt: start + index * 1_000,
    appId: index % 2 === 0 ? 'app_a' : 'app_b',
    accountId: index % 2 === 0 ? 'acc_a' : 'acc_b',
    type: index % 3 === 0 ? 'user.login' : 'license.created',
    targets: [],
  }),
);

const newestFirst = (events: readonly AcceptedEvent[]) => events.map((event) => event.id).toReversed();

/** How events are listed. */
export function eventListContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: a list of events`, () => {
    let h: StoresHarness;

    beforeAll(async () => {
      h = open();
      await h.events.insertMany(all);
      // A tombstone is no event, and has the id of one that did not arrive.
      await h.bury([anEvent({ acceptedAt: start + 4_500, appId: 'app_b', accountId: 'acc_b' })]);
    });

    afterAll(() => h[Symbol.asyncDispose]());

    /** The ids of all pages. */
    const idsOf = async (filter: Filter, limit = 2): Promise<string[]> => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await h.events.list(filter, { cursor, limit });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        ids.push(...page.items.map((event) => event.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && ids.length <= all.length);
      return ids;
    };

    it.each<[string, Filter, AcceptedEvent[]]>([
      ['everything', {}, all],
      ['until a time, exclusive', { until: iso(start + 7_000) }, all.slice(0, 7)],
      ['since a time, inclusive', { since: iso(start + 3_000) }, all.slice(3)],
      ['between two times', { since: iso(start + 2_000), until: iso(start + 7_000) }, all.slice(2, 7)],
      ['one app', { appId: 'app_a' }, all.filter((event) => event.appId === 'app_a')],
      ['one account', { accountId: 'acc_b' }, all.filter((event) => event.accountId === 'acc_b')],
      ['an account without events', { accountId: 'acc_c' }, []],
      ['all apps but one', { excludedAppIds: ['app_a'] }, all.filter((event) => event.appId === 'app_b')],
      ['an account without its only app', { accountId: 'acc_a', excludedAppIds: ['app_a'] }, []],
      ['one type', { event: 'user.login' }, all.filter((event) => event.type === 'user.login')],
    ])('of %s has each event once across all pages', async (_, filter, expected) => {
      expect(await idsOf(filter)).toEqual(newestFirst(expected));
    });

    it('ends at the earlier of `until` and the cursor', async () => {
      const [cursor, end] = [all[8], all[4]];
      const page = { cursor: cursor?.id, limit: 10 };
      const { items } = await h.events.list({ until: iso(end?.acceptedAt ?? NaN) }, page);
      expect(items.map((event) => event.id)).toEqual(newestFirst(all.slice(0, 4)));
    });

    it('of more types than one query merges has each event once, newest first, with exclusions, too', async () => {
      const many = Array.from({ length: 2_100 }, (_, index) =>
        anEvent({
          acceptedAt: start + index * 1_000,
          appId: index % 2 === 0 ? 'app_m' : 'app_n',
          accountId: 'acc_m',
          // Types and times are in no common order.
          type: `made.t${(index * 7) % 430}`,
          targets: [],
        }),
      );
      await h.events.insertMany(many);
      const read = async (filter: Filter) => {
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await h.events.list(filter, { cursor, limit: 200 });
          ids.push(...page.items.map((event) => event.id));
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        return ids;
      };
      expect(await read({ accountId: 'acc_m' })).toEqual(newestFirst(many));
      const ofApp = many.filter(({ appId }) => appId === 'app_m');
      expect(await read({ accountId: 'acc_m', excludedAppIds: ['app_n'] })).toEqual(newestFirst(ofApp));
      expect(await read({ appId: 'app_m' })).toEqual(newestFirst(ofApp));
    });
  });
}
