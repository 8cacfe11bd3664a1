import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

const app = useTestApp(() => ({
  env: { RETRY_SCHEDULE: '1h' },
}));

let receiver: Receiver;
let acme: { accountId: string; appId: string; key: string; webhookId: string };
let globex: { accountId: string; appId: string; key: string };

/** The ids of all hits by their kind. */
async function find(query: string, token?: string): Promise<Record<string, string[]>> {
  const { groups } = await app.call('search.find', { query }, token === undefined ? {} : { token });
  return Object.fromEntries(groups.map(({ kind, hits }) => [kind, hits.map(({ id }) => id)]));
}

async function createCustomer(name: string) {
  const { id: accountId } = await app.call('accounts.create', { name });
  const { id: appId } = await app.call('apps.create', { accountId, name: `${name} shop` });
  const { key } = await app.createKey({ accountId });
  return { accountId, appId, key };
}

beforeAll(async () => {
  receiver = await Receiver.start({ answer: 500 });
  const customer = await createCustomer('Acme');
  globex = await createCustomer('Globex');
  const url = `${receiver.origin}/in/orders`;
  const input = { appId: customer.appId, url, description: 'Order desk', events: ['user.login'] };
  acme = { ...customer, webhookId: (await app.call('webhooks.create', input)).id };
  for (const { appId } of [acme, globex]) {
    for (const username of ['Alice', 'bob']) {
      await app.call('events.publish', { appId, event: 'user.login', data: { ...loginData, username } });
    }
  }
});

afterAll(() => receiver[Symbol.asyncDispose]());

describe('the search', () => {
  it('finds objects of every kind by id, name, host, URL, description and value', async () => {
    const { accountId, appId, webhookId } = acme;
    const { items } = await app.call('deliveries.list', { appId });
    const [delivery] = items;
    expect(delivery).toBeDefined();
    const { id: deliveryId = '', eventId = '' } = delivery ?? {};
    const { port } = new URL(receiver.origin);
    expect(await find('acm')).toEqual({ account: [accountId], app: [appId] });
    expect(await find('order desk')).toEqual({ webhook: [webhookId] });
    expect(await find(`127.0.0.1:${port}`)).toEqual({ webhook: [webhookId] });
    expect(await find(`${receiver.origin}/in/ord`)).toEqual({ webhook: [webhookId] });
    expect(await find(`${receiver.origin}/other`)).toEqual({});
    expect(await find(webhookId)).toEqual({ webhook: [webhookId] });
    expect(await find(appId)).toEqual({ app: [appId] });
    expect(await find(accountId)).toEqual({ account: [accountId] });
    expect(await find(eventId.toUpperCase())).toEqual({ event: [eventId] });
    expect(await find(deliveryId)).toEqual({ delivery: [deliveryId] });
  });

  it('finds a value in payloads, for each account that has it', async () => {
    const { groups } = await app.call('search.find', { query: ' ALICE ' });
    expect(groups).toMatchObject([{ kind: 'value', hasMore: false }]);
    const hits = groups[0]?.hits.map(({ accountName, title, subtitle }) => [accountName, title, subtitle]);
    expect(hits?.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['Acme', 'ALICE', 'username · 1 event'],
      ['Globex', 'ALICE', 'username · 1 event'],
    ]);
  });

  it.each([
    ['search.find', 'query'],
    ['search.timeline', 'value'],
    ['accounts.list', 'search'],
    ['apps.list', 'search'],
    ['keys.list', 'search'],
    ['webhooks.list', 'search'],
    ['webhooks.summaries', 'search'],
  ] as const)('takes any characters as text: %s', async (path, field) => {
    const owner = path === 'webhooks.list' ? { appId: acme.appId } : {};
    for (const text of [
      '\u0000',
      'zq\u0000zq',
      '\ud800',
      '$where',
      '.*',
      '(((',
      '[',
      '\\',
      'https://\u0000',
    ]) {
      const { status, text: body } = await app.trpc(path, { ...owner, [field]: text });
      expect([status, body]).toEqual([200, expect.stringMatching(/"(items|groups)":\[\]/)]);
    }
  });

  it('says what was searched when nothing is found, and to the operator nothing about rights', async () => {
    const result = await app.call('search.find', { query: 'nothing like this' });
    expect(result).toEqual({
      groups: [],
      searched: ['event', 'delivery', 'replay', 'value', 'account', 'app', 'webhook', 'key'],
      unavailable: [],
    });
    const { key } = await app.createKey({ accountId: acme.accountId, scopes: ['events:read'] });
    const narrow = await app.call('search.find', { query: acme.webhookId }, { token: key });
    expect(narrow).toEqual({ groups: [], searched: ['event', 'value'], unavailable: [] });
  });

  it('shows an account nothing of another one, and a key of an app nothing of other apps', async () => {
    const { id: other } = await app.call('apps.create', { accountId: acme.accountId, name: 'Acme side' });
    const bounds = { accountId: acme.accountId, appId: other, name: 'Bound', scopes: ['*' as const] };
    const { key: bound } = await app.call('keys.create', bounds);
    for (const query of [acme.appId, acme.webhookId, acme.accountId, 'acme shop', 'order', 'alice']) {
      const hits = await find(query, globex.key);
      expect([query, hits['account'], hits['app'], hits['webhook']]).toEqual([
        query,
        undefined,
        undefined,
        undefined,
      ]);
      expect([query, await find(query, bound)]).toEqual([query, {}]);
    }
    expect(await find('acme side', bound)).toEqual({ app: [other] });
    const { groups } = await app.call('search.find', { query: 'alice' }, { token: globex.key });
    expect(groups.flatMap(({ hits }) => hits)).toMatchObject([
      { kind: 'value', accountId: globex.accountId, accountName: null },
    ]);
  });
});

describe('a timeline', () => {
  it('shows the events of a user with the verdict of each webhook, and why', async () => {
    const mute = await app.call('webhooks.create', {
      appId: acme.appId,
      url: receiver.url,
      events: ['user.ban'],
    });
    const { items, accounts, isCapped } = await app.call('search.timeline', { value: 'alice' });
    expect(new Set(accounts.map(({ name }) => name))).toEqual(new Set(['Acme', 'Globex']));
    expect([isCapped, items.length]).toEqual([false, 2]);
    const item = items.find(({ accountId }) => accountId === acme.accountId);
    expect(item).toMatchObject({
      fields: ['username'],
      event: { event: 'user.login', data: { username: 'Alice' } },
    });
    const verdicts = Object.fromEntries((item?.verdicts ?? []).map((one) => [one.webhookId, one.verdict]));
    expect(verdicts).toEqual({ [acme.webhookId]: 'pending', [mute.id]: 'created_later' });
    // The same as the explanation of the event alone.
    const explained = await app.call('events.explain', { id: item?.event.id ?? '' });
    expect(item).toMatchObject(explained);
  });

  it('can be narrowed to an account, an app and a webhook, and is read in pages', async () => {
    const list = async (input: object, token?: string) => {
      const page = await app.call('search.timeline', input, token === undefined ? {} : { token });
      return page.items.map(({ event }) => event.data['username']);
    };
    expect(await list({ value: 'alice', accountId: globex.accountId })).toEqual(['Alice']);
    expect(await list({ value: 'alice', appId: acme.appId })).toEqual(['Alice']);
    expect(await list({ value: 'alice' }, globex.key)).toEqual(['Alice']);
    expect(await list({ appId: acme.appId })).toEqual(['bob', 'Alice']);
    expect(await list({ webhookId: acme.webhookId })).toEqual(['bob', 'Alice']);
    expect(await list({ value: 'carol' })).toEqual([]);
    const first = await app.call('search.timeline', { appId: acme.appId, limit: 1 });
    const second = await app.call('search.timeline', {
      appId: acme.appId,
      limit: 1,
      cursor: first.nextCursor,
    });
    expect([...first.items, ...second.items].map(({ event }) => event.data['username'])).toEqual([
      'bob',
      'Alice',
    ]);
    const { items } = await app.call('search.timeline', { webhookId: acme.webhookId });
    expect(items.flatMap(({ verdicts }) => verdicts.map(({ webhookId }) => webhookId))).toEqual([
      acme.webhookId,
      acme.webhookId,
    ]);
  });

  it('needs something to be about, and only what the caller may see', async () => {
    const statusOf = async (input: object) =>
      (await app.trpc('search.timeline', input, { token: globex.key })).status;
    expect(await statusOf({})).toBe(400);
    expect(await statusOf({ value: 'alice', accountId: acme.accountId })).toBe(403);
    expect(await statusOf({ appId: acme.appId })).toBe(403);
    expect(await statusOf({ webhookId: acme.webhookId })).toBe(404);
  });
});
