import type { SearchKind } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { apiError } from '../../../../server/src/domain/errors.ts';
import { createFind, type FindDeps } from '../../../../server/src/services/search/find.ts';
import { toSearchValue } from '../../../../server/src/services/search/search-values.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import {
  aKey,
  anEvent,
  anEventType,
  aReplay,
  firstDeliveryOf,
  aVersion,
  aWebhook,
} from '../../../support/builders.ts';

const anEventTypeWith = (searchable: readonly string[]) => ({
  ...anEventType(),
  versions: [{ ...aVersion(), searchable }],
});

const at = '1970-01-01T00:00:01.000Z';
const createdAt = 1_000;

interface Overrides {
  readonly [part: string]: object;
}

/** A search over what the parts return. `calls` are the filters that reached the stores. */
function aScene(parts: Overrides = {}) {
  const calls: Record<string, unknown[]> = {};
  const listOf = (name: string, items: readonly unknown[]) => (filter: unknown, page: unknown) => {
    (calls[name] ??= []).push([filter, page]);
    return Promise.resolve({ items, nextCursor: null });
  };
  const nothing = { get: () => Promise.resolve(undefined) };
  // `as`: the parts are as small as the search needs them.
  const deps = {
    events: nothing,
    deliveries: nothing,
    replays: nothing,
    access: accessTo({ app_a: 'acc_a', app_b: 'acc_b' }),
    accounts: {
      list: listOf('accounts', [{ id: 'acc_a', name: 'Acme', createdAt }]),
      getMany: (ids: readonly string[]) => Promise.resolve(ids.map((id) => ({ id, name: `Name of ${id}` }))),
    },
    apps: { list: listOf('apps', [{ id: 'app_a', accountId: 'acc_a', name: 'Shop', createdAt }]) },
    keys: { list: listOf('keys', []) },
    webhookLists: {
      list: (filter: unknown, page: unknown) => {
        (calls['webhooks'] ??= []).push([filter, page]);
        return Promise.resolve({ webhooks: [], next: undefined });
      },
    },
    views: { getUrl: ({ url }: { url: string }) => url },
    search: {
      listAccountsWithValue: () => Promise.resolve([]),
      listEventsWithValue: () => Promise.resolve({ items: [], nextCursor: null }),
      countEventsWithValue: () => Promise.resolve(0),
    },
    eventTypes: { find: () => Promise.resolve(undefined) },
    ...parts,
  } as unknown as FindDeps;
  const search = createFind(deps);
  return {
    calls,
    find: async (actor: Actor, query: string, limit = 5) => await search(actor, { query, limit }),
    hits: async (kind: SearchKind, actor: Actor, query: string, limit = 5) =>
      (await search(actor, { query, limit })).groups.find((group) => group.kind === kind),
  };
}

describe('a search', () => {
  it('searches the kinds that the scopes of the caller allow', async () => {
    const { find } = aScene();
    expect((await find(rootActor, 'acme')).searched).toEqual([
      'event',
      'delivery',
      'replay',
      'value',
      'account',
      'app',
      'webhook',
      'key',
    ]);
    expect((await find(keyActor('acc_a', ['events:read']), 'acme')).searched).toEqual(['event', 'value']);
    expect((await find(keyActor('acc_a', ['keys:write']), 'acme')).searched).toEqual(['key']);
    expect((await find(keyActor('acc_a', ['deliveries:read']), 'x')).searched).toEqual([
      'delivery',
      'replay',
    ]);
  });

  it('names accounts to the operator alone', async () => {
    const { hits } = aScene();
    expect(await hits('app', rootActor, 'shop')).toEqual({
      kind: 'app',
      hits: [
        {
          kind: 'app',
          id: 'app_a',
          title: 'Shop',
          subtitle: 'app_a',
          accountId: 'acc_a',
          accountName: 'Name of acc_a',
          appId: 'app_a',
          webhookId: null,
          at,
        },
      ],
      hasMore: false,
    });
    expect((await hits('app', keyActor('acc_a'), 'shop'))?.hits).toMatchObject([{ accountName: null }]);
  });

  it('says whether there is more, and leaves out empty groups', async () => {
    const apps = (count: number) => ({
      apps: {
        list: () =>
          Promise.resolve({
            items: Array.from({ length: count }, (_, index) => ({
              id: `app_${index}`,
              accountId: 'acc_a',
              name: 'x',
              createdAt,
            })),
          }),
      },
    });
    expect(await aScene(apps(2)).hits('app', rootActor, 'x', 2)).toMatchObject({ hasMore: false });
    const more = await aScene(apps(3)).hits('app', rootActor, 'x', 2);
    expect([more?.hits.length, more?.hasMore]).toEqual([2, true]);
    expect(await aScene(apps(0)).hits('app', rootActor, 'x', 2)).toBeUndefined();
  });

  it('goes on without a kind whose store is away, but hides no bug', async () => {
    const failing = (error: Error) =>
      aScene({
        apps: {
          list: async () => {
            throw error;
          },
        },
      });
    const result = await failing(apiError('UNAVAILABLE', 'away')).find(rootActor, 'acme');
    expect(result.unavailable).toEqual(['app']);
    expect(result.groups.map(({ kind }) => kind)).toEqual(['account']);
    await expect(failing(new Error('bug')).find(rootActor, 'acme')).rejects.toThrow('bug');
    const other = failing(apiError('NOT_FOUND', 'no')).find(rootActor, 'acme');
    await expect(other).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('an id', () => {
  const event = anEvent({ appId: 'app_a', accountId: 'acc_a', type: 'user.login', acceptedAt: createdAt });
  const replay = aReplay({ appId: 'app_a', accountId: 'acc_a', webhookId: 'wh_1', total: 3, createdAt });
  const storeOf = (object: { readonly id: string }) => ({
    get: (id: string) => Promise.resolve(id === object.id ? object : undefined),
  });

  it('of an event is found in any case, by those who may see it', async () => {
    const { hits } = aScene({ events: storeOf(event) });
    const { id } = event;
    const hit = {
      title: 'user.login',
      subtitle: id,
      accountId: 'acc_a',
      appId: 'app_a',
      webhookId: null,
      at,
    };
    expect((await hits('event', keyActor('acc_a'), id.toUpperCase()))?.hits).toMatchObject([{ id, ...hit }]);
    expect(await hits('event', keyActor('acc_b'), id)).toBeUndefined();
    expect(await hits('event', rootActor, `${id}x`)).toBeUndefined();
  });

  it('of a delivery says its status, to those who may see it', async () => {
    const { deliveryId: id } = firstDeliveryOf(anEvent({ targets: ['wh_1'] }));
    const found = {
      id,
      appId: 'app_a',
      accountId: 'acc_a',
      webhookId: 'wh_1',
      type: 'user.login',
      status: 'failed',
      createdAt,
    };
    const { hits } = aScene({ deliveries: { get: () => Promise.resolve(found) } });
    expect((await hits('delivery', keyActor('acc_a'), id))?.hits).toMatchObject([
      { id, title: 'user.login: failed', subtitle: id, webhookId: 'wh_1', appId: 'app_a', at },
    ]);
    expect(await hits('delivery', keyActor('acc_b'), id)).toBeUndefined();
    expect(await hits('delivery', rootActor, 'no id')).toBeUndefined();
  });

  it('of a replay says what it does', async () => {
    const { hits } = aScene({ replays: storeOf(replay) });
    const { id, status } = replay;
    expect((await hits('replay', keyActor('acc_a'), id))?.hits).toMatchObject([
      { id, title: `Replay of 3 deliveries: ${status}`, subtitle: id, webhookId: 'wh_1', appId: 'app_a', at },
    ]);
    expect(await hits('replay', keyActor('acc_b'), id)).toBeUndefined();
  });
});

describe('a name', () => {
  it('is searched in the account and the app of the caller', async () => {
    const { find, calls } = aScene();
    await find(rootActor, 'Acme Shop');
    await find(keyActor('acc_a'), 'acme');
    await find({ ...keyActor('acc_a'), appId: 'app_a' } as Actor, 'acme');
    const terms = ['acme'];
    expect(calls['apps']).toEqual([
      [
        { accountId: undefined, ids: undefined, terms: ['acme', 'shop'] },
        { after: undefined, limit: 6 },
      ],
      [{ accountId: 'acc_a', ids: undefined, terms }, expect.anything()],
      [{ accountId: 'acc_a', ids: ['app_a'], terms }, expect.anything()],
    ]);
    expect(calls['webhooks']?.at(-1)).toEqual([
      { accountId: 'acc_a', appId: 'app_a', terms },
      { after: undefined, limit: 6, order: 'newest' },
    ]);
    expect(calls['accounts']).toHaveLength(1);
    expect(calls['keys']?.slice(0, 2)).toEqual([
      [
        { accountId: undefined, terms: ['acme', 'shop'] },
        { after: undefined, limit: 6 },
      ],
      [
        { accountId: 'acc_a', terms },
        { after: undefined, limit: 200 },
      ],
    ]);
  });

  it('of a webhook is its description, its host or its id', async () => {
    const webhooks = [
      aWebhook({ id: 'wh_1', description: 'Billing', url: 'https://one.test/x', createdAt }),
      aWebhook({ id: 'wh_2', description: null, url: 'https://two.test/x', createdAt }),
      aWebhook({ id: 'wh_3', description: null, url: 'hidden', createdAt }),
    ];
    const { hits } = aScene({ webhookLists: { list: () => Promise.resolve({ webhooks, next: undefined }) } });
    expect((await hits('webhook', rootActor, 'x'))?.hits).toMatchObject([
      { id: 'wh_1', title: 'Billing', subtitle: 'https://one.test/x', at },
      { id: 'wh_2', title: 'two.test', subtitle: 'https://two.test/x' },
      { id: 'wh_3', title: 'wh_3', subtitle: 'hidden' },
    ]);
  });

  it('of a webhook is looked for in at most five pages', async () => {
    const pages: { after: unknown; limit: number }[] = [];
    const { hits } = aScene({
      webhookLists: {
        list: (_filter: unknown, page: { after: unknown; limit: number }) => {
          pages.push(page);
          return Promise.resolve({ webhooks: pages.length === 1 ? [aWebhook()] : [], next: pages.length });
        },
      },
    });
    expect((await hits('webhook', rootActor, 'x', 2))?.hits).toHaveLength(1);
    expect(pages.map(({ after, limit }) => [after, limit])).toEqual([
      [undefined, 3],
      [1, 2],
      [2, 2],
      [3, 2],
      [4, 2],
    ]);
  });

  it('of a key shows its prefix, to those who may see it', async () => {
    const own = aKey({ id: 'key_1', name: 'CI', prefix: 'tsk_1', accountId: 'acc_a', createdAt });
    const { hits } = aScene({ keys: { list: () => Promise.resolve({ items: [own] }) } });
    expect((await hits('key', rootActor, 'ci'))?.hits).toMatchObject([
      { id: 'key_1', title: 'CI', subtitle: 'tsk_1', accountId: 'acc_a', at },
    ]);
    expect(await hits('key', { ...keyActor('acc_a'), appId: 'app_a' } as Actor, 'ci')).toBeUndefined();
  });
});

describe('a value', () => {
  const event = anEvent({
    appId: 'app_a',
    accountId: 'acc_a',
    dataText: JSON.stringify({ userId: 'usr_1', other: 'x' }),
    acceptedAt: createdAt,
  });
  const searching = (count: number, accountIds: readonly string[] = ['acc_a']) => {
    const asked: unknown[] = [];
    const scene = aScene({
      search: {
        listAccountsWithValue: (...args: unknown[]) => {
          asked.push(args);
          return Promise.resolve(accountIds);
        },
        listEventsWithValue: (choice: { accountIds: readonly string[] }) => {
          asked.push(choice);
          return Promise.resolve({ items: choice.accountIds.includes('acc_a') ? [event] : [] });
        },
        countEventsWithValue: () => Promise.resolve(count),
      },
      eventTypes: {
        find: async () => anEventTypeWith(['userId', 'email']),
      },
    });
    return { ...scene, asked };
  };

  it.each([
    [1, 'userId · 1 event'],
    [2, 'userId · 2 events'],
    [100, 'userId · 100 events'],
    [101, 'userId · more than 100 events'],
  ])('is found with its fields and the number of events: %i', async (count, subtitle) => {
    const { hits } = searching(count);
    expect((await hits('value', rootActor, 'usr_1'))?.hits).toEqual([
      {
        kind: 'value',
        id: 'usr_1',
        title: 'usr_1',
        subtitle,
        accountId: 'acc_a',
        accountName: 'Name of acc_a',
        appId: null,
        webhookId: null,
        at,
      },
    ]);
  });

  it('is searched in all accounts by the operator, in its own by a key', async () => {
    const value = toSearchValue('usr_1');
    const all = searching(1, ['acc_b', 'acc_a']);
    expect((await all.hits('value', rootActor, 'usr_1'))?.hits).toHaveLength(1);
    expect(all.asked).toEqual([
      [value, 6],
      { value, accountIds: ['acc_b'], appId: undefined, excludedAppIds: [] },
      { value, accountIds: ['acc_a'], appId: undefined, excludedAppIds: [] },
    ]);
    const own = searching(1);
    expect(await own.hits('value', keyActor('acc_b'), 'usr_1')).toBeUndefined();
    expect(own.asked).toEqual([{ value, accountIds: ['acc_b'], appId: undefined, excludedAppIds: [] }]);
  });

  it('for a key of one app counts no events of others', async () => {
    const { hits } = searching(7);
    const actor = { ...keyActor('acc_a'), appId: 'app_a' } as Actor;
    expect((await hits('value', actor, 'usr_1'))?.hits).toMatchObject([
      { appId: 'app_a', subtitle: 'userId' },
    ]);
  });

  it('that is blank finds nothing', async () => {
    const { hits, asked } = searching(1);
    expect(await hits('value', rootActor, '  ')).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
