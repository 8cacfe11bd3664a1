import { describe, expect, it } from 'vitest';
import type { DisabledBy } from '@tocsin/shared';
import type {
  AccountStore,
  ApiKeyStore,
  AppStore,
  SearchWordsStore,
} from '../../server/src/domain/ports/access-stores.ts';
import type {
  WebhookListFilter,
  WebhookListStore,
} from '../../server/src/domain/ports/webhook-list-store.ts';
import type { AgePosition } from '../../server/src/domain/ports/page-request.ts';
import type { WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import { toSearchTerms, toWebhookWords } from '../../server/src/domain/search-words.ts';
import { aKey, aWebhook } from '../support/builders.ts';
import { readAllByAge } from '../support/pages.ts';

export interface SearchHarness extends AsyncDisposable {
  readonly accounts: AccountStore;
  readonly apps: AppStore;
  readonly keys: ApiKeyStore;
  readonly webhooks: WebhookStore;
  readonly webhookLists: WebhookListStore;
  readonly searchWords: SearchWordsStore;
}

const search = (text: string) => ({ terms: toSearchTerms(text) });

/** Stores webhooks of two accounts, the oldest first. Returns their ids by the names that the tests use. */
async function storeWebhooks({ webhooks }: SearchHarness): Promise<Readonly<Record<string, string>>> {
  const given = [
    {
      name: 'billing',
      description: 'Billing: invoices',
      url: 'https://hooks.example.com/pay?key=s3cr3tvalue',
    },
    { name: 'audit', description: 'Müller audit', url: 'https://audit.example.org/in', enabled: false },
    { name: 'plain', description: null, url: 'https://hooks.example.com/plain' },
    { name: 'foreign', description: 'Billing', url: 'https://b.test', accountId: 'acc_b', appId: 'app_b' },
  ];
  const ids: Record<string, string> = {};
  for (const [index, { name, ...fields }] of given.entries()) {
    const webhook = aWebhook({ accountId: 'acc_a', ...fields, createdAt: 1_000 + (index >> 1) });
    await webhooks.insert({ ...webhook, searchWords: toWebhookWords(webhook) }, 10);
    ids[name] = webhook.id;
  }
  return ids;
}

async function listNames(
  { webhookLists }: SearchHarness,
  names: Readonly<Record<string, string>>,
  filter: WebhookListFilter,
  order: 'oldest' | 'newest' = 'oldest',
): Promise<string[]> {
  const found: string[] = [];
  let after: AgePosition | undefined;
  do {
    const page = await webhookLists.list(filter, { after, limit: 1, order });
    for (const { id } of page.webhooks) {
      found.push(Object.entries(names).find(([, other]) => other === id)?.[0] ?? id);
    }
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** How lists of configuration are searched. A function, so that another store can run the same suite. */
export function searchContract(name: string, open: () => Promise<SearchHarness>): void {
  nameContract(name, open);
  webhookListContract(name, open);
}

function nameContract(name: string, open: () => Promise<SearchHarness>): void {
  describe(`${name}: a search`, () => {
    it('finds accounts, apps and keys by the words of their names and ids', async () => {
      await using h = await open();
      for (const [id, text] of [
        ['acc_a', 'Acme GmbH'],
        ['acc_b', 'Other'],
      ] as const)
        await h.accounts.insert({ id, name: text, createdAt: 1 });
      for (const [id, accountId, text] of [
        ['app_shop', 'acc_a', 'Shop Österreich'],
        ['app_bank', 'acc_a', 'Shopping bank'],
        ['app_b.eu-west', 'acc_b', 'Shop'],
      ] as const)
        await h.apps.insert({ id, accountId, name: text, createdAt: 1 });
      await h.keys.insert(aKey({ id: 'key_1', hash: '1', name: 'CI deploy' }));
      const accounts = (text: string) => readAllByAge((page) => h.accounts.list(search(text), page));
      expect([await accounts('acme'), await accounts('gmbh acm'), await accounts('cme')]).toEqual([
        ['acc_a'],
        ['acc_a'],
        [],
      ]);
      const apps = (text: string, accountId?: string) =>
        readAllByAge((page) => h.apps.list({ accountId, ...search(text) }, page));
      expect(await apps('SHOP')).toEqual(['app_shop', 'app_bank', 'app_b.eu-west']);
      expect(await apps('shop', 'acc_b')).toEqual(['app_b.eu-west']);
      expect(await apps('shop osterr')).toEqual(['app_shop']);
      expect(await apps('app_b')).toEqual(['app_bank', 'app_b.eu-west']);
      expect(await apps('eu-w')).toEqual(['app_b.eu-west']);
      expect([await apps('.*'), await apps('^shop'), await apps('')]).toEqual([[], [], []]);
      expect(await readAllByAge((page) => h.keys.list(search('deploy'), page))).toEqual(['key_1']);
    });

    it('counts its matches, and narrows to ids', async () => {
      await using h = await open();
      for (const n of [1, 2, 3, 4, 5])
        await h.apps.insert({
          id: `app_${n}`,
          accountId: n > 3 ? 'acc_b' : 'acc_a',
          name: 'Shop',
          createdAt: n,
        });
      const page = { after: undefined, limit: 2, withTotal: true };
      const total = async (filter: Parameters<AppStore['list']>[0]) =>
        (await h.apps.list(filter, page)).total;
      expect([await total({}), await total({ accountId: 'acc_a' }), await total(search('shop'))]).toEqual([
        5, 3, 5,
      ]);
      expect(await total({ accountId: 'acc_b', ...search('shop app_4') })).toBe(1);
      expect((await h.apps.list({}, { after: undefined, limit: 2 })).total).toBeUndefined();
      const ids = ['app_1', 'app_5', 'app_9'];
      expect(await readAllByAge((one) => h.apps.list({ ids }, one))).toEqual(['app_5', 'app_1']);
      expect(await readAllByAge((one) => h.apps.list({ ids, accountId: 'acc_a' }, one))).toEqual(['app_1']);
    });
  });
}

function webhookListContract(name: string, open: () => Promise<SearchHarness>): void {
  describe(`${name}: a list of webhooks`, () => {
    it('is in the order of their age, also if several are as old', async () => {
      await using h = await open();
      const names = await storeWebhooks(h);
      const oldest = await listNames(h, names, {});
      expect(oldest.slice(0, 2).sort()).toEqual(['audit', 'billing']);
      expect(oldest.slice(2).sort()).toEqual(['foreign', 'plain']);
      expect(await listNames(h, names, {}, 'newest')).toEqual(oldest.toReversed());
      expect((await listNames(h, names, { accountId: 'acc_a' })).sort()).toEqual([
        'audit',
        'billing',
        'plain',
      ]);
      expect(await listNames(h, names, { appId: 'app_b' })).toEqual(['foreign']);
    });

    it('finds descriptions, hosts, paths and ids, but no credential', async () => {
      await using h = await open();
      const names = await storeWebhooks(h);
      const find = async (text: string, filter: WebhookListFilter = { accountId: 'acc_a' }) =>
        (await listNames(h, names, { ...filter, ...search(text) })).sort();
      expect(await find('billing')).toEqual(['billing']);
      expect(await find('billing', {})).toEqual(['billing', 'foreign']);
      expect(await find('muller AUD')).toEqual(['audit']);
      expect(await find('example.com')).toEqual(['billing', 'plain']);
      expect(await find('hooks.example.com/pl')).toEqual(['plain']);
      expect(await find('https://hooks.example.com/pay?key=s3cr3tvalue')).toEqual(['billing']);
      expect(await find('s3cr3tvalue')).toEqual([]);
      expect(await find(names['plain'] ?? '', { appId: 'app_test' })).toEqual(['plain']);
      expect(await find('https://')).toEqual([]);
    });

    it('follows a change of the URL or the description', async () => {
      await using h = await open();
      const webhook = aWebhook({ description: 'old' });
      await h.webhooks.insert({ ...webhook, searchWords: ['old'] }, 5);
      await h.webhooks.update(webhook, { description: 'new', searchWords: ['new'] });
      await h.webhooks.update(webhook, { enabled: false });
      const found = async (text: string) =>
        (await h.webhookLists.list(search(text), { after: undefined, limit: 9, order: 'oldest' })).webhooks;
      expect(await found('old')).toEqual([]);
      expect(await found('new')).toMatchObject([{ id: webhook.id, description: 'new' }]);
      expect(await h.webhooks.get(webhook.id)).not.toHaveProperty('searchWords');
    });

    it('narrows to enabled ones and to ids, counts, and finds the disabled ones', async () => {
      await using h = await open();
      const names = await storeWebhooks(h);
      const { billing = '', audit = '', foreign = '' } = names;
      const ofAccount = { accountId: 'acc_a' };
      expect(await listNames(h, names, { ...ofAccount, enabled: true, withoutIds: [billing] })).toEqual([
        'plain',
      ]);
      expect((await listNames(h, names, { ...ofAccount, ids: [audit, billing, foreign] })).sort()).toEqual([
        'audit',
        'billing',
      ]);
      expect(await listNames(h, names, { ids: [] })).toEqual([]);
      const { webhookLists } = h;
      expect([await webhookLists.count({}, 9), await webhookLists.count({}, 2)]).toEqual([4, 2]);
      expect(await webhookLists.count({ ...ofAccount, ...search('example') }, 9)).toBe(3);
      expect(await webhookLists.count({ ids: [audit, billing], enabled: true }, 9)).toBe(1);
      expect(await webhookLists.findDisabled({}, 9)).toEqual([audit]);
      expect(await webhookLists.findDisabled({ accountId: 'acc_b', appId: 'app_b' }, 9)).toEqual([]);
      const find = async (by: DisabledBy) => await webhookLists.findDisabled(ofAccount, 9, by);
      // Without a reason, as releases stored it that had none.
      expect([await find('user'), await find('platform')]).toEqual([[audit], []]);
      await h.webhooks.disable(billing, 'failing_too_long', 6);
      expect([await find('user'), await find('platform')]).toEqual([[audit], [billing]]);
      expect(await webhookLists.findDisabled({}, 9, 'platform')).toEqual([billing]);
      expect(await webhookLists.findDisabled({}, 1)).toHaveLength(1);
    });

    it('has webhooks without words, which get them once', async () => {
      await using h = await open();
      const [without, complete] = [aWebhook(), aWebhook()];
      await h.webhooks.insert(without, 5);
      await h.webhooks.insert({ ...complete, searchWords: ['complete'] }, 5);
      const { webhookLists } = h;
      expect((await webhookLists.findWithoutWords(9)).map(({ id }) => id)).toEqual([without.id]);
      await webhookLists.setMissingWords(
        new Map([
          [without.id, ['found']],
          [complete.id, ['wrong']],
        ]),
      );
      expect(await webhookLists.findWithoutWords(9)).toEqual([]);
      expect(await webhookLists.count(search('found'), 9)).toBe(1);
      expect(await webhookLists.count(search('wrong'), 9)).toBe(0);
    });
  });
}
