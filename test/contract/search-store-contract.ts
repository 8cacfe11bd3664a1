import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountStore, ApiKeyStore, AppStore } from '../../server/src/domain/ports/access-stores.ts';
import type { EventStore } from '../../server/src/domain/ports/event-store.ts';
import type { SearchStore, ValueChoice } from '../../server/src/domain/ports/search-store.ts';
import type { WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import { aKey, anEvent, aWebhook } from '../support/builders.ts';

export interface SearchHarness extends AsyncDisposable {
  readonly search: SearchStore;
  readonly accounts: AccountStore;
  readonly apps: AppStore;
  readonly keys: ApiKeyStore;
  readonly webhooks: WebhookStore;
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

/** How objects and events are searched. */
export function searchContract(name: string, open: () => SearchHarness): void {
  let h: SearchHarness;

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

  describe(`${name}: the search by terms`, () => {
    it('finds accounts, apps and keys by their ids and by the words of their names', async () => {
      const { search } = h;
      await h.accounts.insert({ id: 'acc_shop', name: 'Müller & Söhne', createdAt: start });
      const app = { accountId: 'acc_shop', createdAt: start };
      await h.apps.insert({ ...app, id: 'app_shop', name: 'Web shop' });
      await h.apps.insert({ ...app, id: 'app_admin', name: 'Shop admin', accountId: 'acc_other' });
      const key = aKey({ id: 'key_0000000000000001', accountId: 'acc_shop', name: 'Shop publisher' });
      await h.keys.insert(key);
      for (const prefix of ['acc_shop', 'muller & s', 'sohne', 'm']) {
        expect(idsOf(await search.findAccounts(prefix, 9))).toEqual(['acc_shop']);
      }
      expect(await search.findAccounts('uller', 9)).toEqual([]);
      expect(idsOf(await search.findApps({ prefix: 'shop' }, 9)).sort()).toEqual(['app_admin', 'app_shop']);
      expect(await search.findApps({ prefix: 'shop' }, 1)).toHaveLength(1);
      expect(idsOf(await search.findApps({ prefix: 'shop', accountId: 'acc_shop' }, 9))).toEqual([
        'app_shop',
      ]);
      expect(await search.findKeys({ prefix: 'publ' }, 9)).toEqual([key]);
      expect(await search.findKeys({ prefix: 'publ', accountId: 'acc_other' }, 9)).toEqual([]);
    });

    it('finds webhooks by their host and description, and as they were changed', async () => {
      const { search, webhooks } = h;
      const webhook = aWebhook({ host: 'hooks.acme.example:8443', description: 'Orders (EU)' });
      await webhooks.insert(webhook, 9);
      const find = async (prefix: string, more: object = {}) =>
        idsOf(await search.findWebhooks({ prefix, ...more }, 9));
      for (const prefix of [webhook.id, 'hooks.ac', 'acme', '8443', 'orders', 'eu']) {
        expect([prefix, await find(prefix)]).toEqual([prefix, [webhook.id]]);
      }
      expect(await find('acme', { accountId: 'acc_a', appId: 'app_test' })).toEqual([webhook.id]);
      expect(await find('acme', { accountId: 'acc_b' })).toEqual([]);
      expect(await find('acme', { appId: 'app_other' })).toEqual([]);
      await webhooks.update(webhook, { host: 'in.globex.example', updatedAt: 2 });
      expect(await find('acme')).toEqual([]);
      expect([await find('globex'), await find('orders')]).toEqual([[webhook.id], [webhook.id]]);
      await webhooks.delete(webhook.id);
      expect(await find('globex')).toEqual([]);
    });
  });
}
