import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../../server/src/domain/ports/event-store.ts';
import type { SearchStore, ValueChoice } from '../../server/src/domain/ports/search-store.ts';
import { anEvent } from '../support/builders.ts';

export interface ValueSearchHarness extends AsyncDisposable {
  readonly search: SearchStore;
  readonly events: EventStore;
}

const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);

const start = Date.parse('2026-01-01T00:00:00.000Z');

/** One event per second, of three apps of two accounts in turn. Each has a value of its own, and a common one. */
const events = Array.from({ length: 9 }, (_, index) =>
  anEvent({
    acceptedAt: start + index * 1_000,
    appId: `app_${index % 3}`,
    accountId: index % 3 === 2 ? 'acc_b' : 'acc_a',
    targets: [],
    searchValues: [`own-${index}`, 'common'],
  }),
);

const newestFirst = (indexes: readonly number[]) => indexes.toReversed().map((index) => events[index]?.id);

/** How events are found by the values of their payloads. */
export function valueSearchContract(name: string, open: () => ValueSearchHarness): void {
  let h: ValueSearchHarness;

  beforeAll(async () => {
    h = open();
    await h.events.insertMany([...events, anEvent({ targets: [] })]);
  });

  afterAll(() => h[Symbol.asyncDispose]());

  describe(`${name}: the search by values`, () => {
    /** The ids of all pages. */
    const listAll = async (choice: Partial<ValueChoice>, limit = 2) => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const whole = { value: 'common', accountIds: ['acc_a', 'acc_b'], excludedAppIds: [], ...choice };
        const page = await h.search.listEventsWithValue(whole, { cursor, limit });
        ids.push(...idsOf(page.items));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && ids.length <= events.length);
      return ids;
    };

    it.each<[string, Partial<ValueChoice>, number[]]>([
      ['of all accounts', {}, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
      ['of one account', { accountIds: ['acc_b'] }, [2, 5, 8]],
      ['of one app', { accountIds: ['acc_a'], appId: 'app_1' }, [1, 4, 7]],
      ['of an app of another account', { accountIds: ['acc_a'], appId: 'app_2' }, []],
      ['without the apps that are left out', { excludedAppIds: ['app_0', 'app_2'] }, [1, 4, 7]],
      ['of one event', { value: 'own-4' }, [4]],
      ['of none', { value: 'own' }, []],
    ])('finds the events %s, newest first', async (_, choice, expected) => {
      expect(await listAll(choice)).toEqual(newestFirst(expected));
    });

    it('returns the events as they were stored', async () => {
      const choice = { value: 'own-3', accountIds: ['acc_a'], excludedAppIds: [] };
      const { items } = await h.search.listEventsWithValue(choice, { cursor: undefined, limit: 1 });
      expect(items).toEqual([events[3]]);
    });

    it('finds the accounts that have events with a value', async () => {
      expect(await h.search.listAccountsWithValue('common', 9)).toEqual(['acc_a', 'acc_b']);
      expect(await h.search.listAccountsWithValue('common', 1)).toEqual(['acc_a']);
      expect(await h.search.listAccountsWithValue('own-2', 9)).toEqual(['acc_b']);
      expect(await h.search.listAccountsWithValue('own', 9)).toEqual([]);
    });

    it('counts the events of an account up to a limit', async () => {
      expect(await h.search.countEventsWithValue('common', 'acc_a', 9)).toBe(6);
      expect(await h.search.countEventsWithValue('common', 'acc_a', 4)).toBe(4);
      expect(await h.search.countEventsWithValue('common', 'acc_c', 4)).toBe(0);
    });
  });
}
