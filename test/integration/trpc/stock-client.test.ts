import { QueryClient } from '@tanstack/react-query';
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
  type TRPCLink,
} from '@trpc/client';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import { Agent, EventSource } from 'undici';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { tocsinLink, type AppRouter, type SubscriptionItem } from '@tocsin/client/trpc';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';

const app = useTestApp({ env: { MAX_WEBHOOKS_PER_APP: '10' } });
const receiver = useReceiver();

const data = { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'revoked' } as const;
const stock = () => ({ url: `${app.url}/trpc`, headers: { authorization: `Bearer ${app.rootToken}` } });

/** Sends the credential, which an EventSource has no option for. */
const dispatcher = new Agent().compose(
  (dispatch) => (options, handler) =>
    dispatch({ ...options, headers: Object.assign({}, options.headers, stock().headers) }, handler),
);

const subscriptions = () =>
  httpSubscriptionLink<AppRouter, typeof EventSource>({
    url: `${app.url}/trpc`,
    EventSource,
    eventSourceOptions: { dispatcher },
  });

const withSubscriptions = (link: TRPCLink<AppRouter>) =>
  splitLink<AppRouter>({
    condition: ({ type }) => type === 'subscription',
    true: subscriptions(),
    false: link,
  });

const links: Record<string, () => TRPCLink<AppRouter>> = {
  httpLink: () => withSubscriptions(httpLink(stock())),
  httpBatchLink: () => withSubscriptions(httpBatchLink(stock())),
  httpBatchStreamLink: () => withSubscriptions(httpBatchStreamLink(stock())),
  tocsinLink: () => tocsinLink({ url: app.url, token: app.rootToken }),
};

const createClient = (link: TRPCLink<AppRouter>) => createTRPCClient<AppRouter>({ links: [link] });
type Client = ReturnType<typeof createClient>;

let appId = '';

beforeAll(async () => {
  const trpc = createClient(tocsinLink({ url: app.url, token: app.rootToken }));
  appId = await app.createApp();
  // Cursors have to fit the longest id.
  await app.createApp({ id: 'a'.repeat(128) });
  let webhookId = '';
  for (const name of ['a', 'b']) {
    await trpc.accounts.create.mutate({ name });
    await trpc.keys.create.mutate({ name, scopes: ['events:read'] });
    await trpc.apps.delete.mutate({ id: await app.createApp() });
    const webhook = { appId, url: receiver.url, events: ['license.revoked' as const] };
    webhookId = (await trpc.webhooks.create.mutate(webhook)).id;
    await trpc.events.publish.mutate({ appId, event: 'license.revoked', data });
  }
  await app.whenIdle();
  const replay = { webhookId, since: new Date(0).toISOString(), status: 'delivered' } as const;
  await trpc.deliveries.replay.mutate(replay);
  // Until then, its deliveries are not those that the second one finds.
  await vi.waitFor(
    async () => {
      const { items } = await trpc.deliveries.replays.query({});
      if (items[0]?.status !== 'done') throw new Error(`the first replay is ${items[0]?.status}`);
    },
    { timeout: 20_000, interval: 20 },
  );
  await app.whenIdle();
  await trpc.deliveries.replay.mutate(replay);
});

interface AnyPage {
  readonly items: readonly { readonly id?: string; readonly type?: string }[];
  readonly nextCursor: string | null;
}

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** Every list. `direction` is what infinite queries add to the input. */
const direction = { direction: 'forward' } as object;
const lists = {
  'accounts.list': (trpc, page) => trpc.accounts.list.query({ ...page, ...direction }),
  'apps.list': (trpc, page) => trpc.apps.list.query({ ...page, ...direction }),
  'apps.deletions': (trpc, page) => trpc.apps.deletions.query({ ...page, ...direction }),
  'auditLog.list': (trpc, page) => trpc.auditLog.list.query({ ...page, ...direction }),
  'deliveries.list': (trpc, page) => trpc.deliveries.list.query({ ...page, ...direction }),
  'deliveries.replays': (trpc, page) => trpc.deliveries.replays.query({ ...page, ...direction }),
  'events.list': (trpc, page) => trpc.events.list.query({ ...page, ...direction }),
  'eventTypes.list': (trpc, page) => trpc.eventTypes.list.query({ ...page, ...direction }),
  'keys.list': (trpc, page) => trpc.keys.list.query({ ...page, ...direction }),
  'webhooks.list': (trpc, page) => trpc.webhooks.list.query({ appId, ...page, ...direction }),
} satisfies Record<string, (trpc: Client, page: PageRequest) => Promise<AnyPage>>;

const toIds = (...pages: readonly AnyPage[]) =>
  pages.flatMap(({ items }) => items.map(({ id, type }) => id ?? type));

describe.each(Object.keys(links))('a client of @trpc/client with %s', (name) => {
  const connect = () => createClient(links[name]?.() ?? tocsinLink({ url: '', token: '' }));

  it.each(Object.entries(lists))('pages %s', async (_list, list) => {
    const trpc = connect();
    const all = await list(trpc, { limit: 200 });
    const first = await list(trpc, { limit: 1 });
    const second = await list(trpc, { limit: 1, cursor: first.nextCursor ?? 'none' });
    expect(toIds(first, second)).toEqual(toIds(all).slice(0, 2));
    expect([first.items.length, second.items.length]).toEqual([1, 1]);
  });

  it('has infinite queries', async () => {
    const client = connect();
    const queryClient = new QueryClient();
    const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
    const options = trpc.events.list.infiniteQueryOptions(
      { appId, limit: 1 },
      { getNextPageParam: (page) => page.nextCursor },
    );
    const { pages } = await queryClient.infiniteQuery({ ...options, pages: 2 });
    const { items } = await queryClient.query(trpc.events.list.queryOptions({ appId, limit: 2 }));
    expect(toIds(...pages)).toEqual(toIds({ items, nextCursor: null }));
    queryClient.clear();
  });

  it('gets the code and the request id of an error', async () => {
    const error: unknown = await connect()
      .webhooks.get.query({ id: 'wh_0123456789ab' })
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TRPCClientError);
    expect(error).toMatchObject({
      message: 'no webhook wh_0123456789ab',
      shape: { code: -32004 },
      data: {
        code: 'NOT_FOUND',
        httpStatus: 404,
        path: 'webhooks.get',
        tocsin: { code: 'NOT_FOUND', retryable: false, requestId: expect.any(String) as unknown },
      },
    });
  });

  it('aborts a call', async () => {
    const abort = new AbortController();
    const call = connect().events.list.query({ appId }, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'TRPCClientError', cause: { name: 'AbortError' } });
  });

  it('publishes a thousand events at once', async () => {
    const trpc = connect();
    const event = { appId: await app.createApp(), event: 'license.revoked' as const, data };
    const calls = Array.from({ length: name === 'httpLink' ? 10 : 1_000 }, () =>
      trpc.events.publish.mutate(event),
    );
    const ids = new Set((await Promise.all(calls)).map(({ id }) => id));
    expect(ids.size).toBe(calls.length);
  });

  it('receives events, and resumes after the last one', async () => {
    const trpc = connect();
    const event = { appId: await app.createApp(), event: 'license.revoked' as const, data };
    const items: SubscriptionItem[] = [];
    const seen = () => items.flatMap((item) => (item.data === null ? [] : [item.data.id]));
    const subscribe = (lastEventId?: string) =>
      trpc.events.subscribe.subscribe(
        { appId: event.appId, types: ['license.*'], lastEventId },
        { onData: (item) => items.push(item) },
      );
    const first = subscribe();
    // The first item has only a position: the subscription has started.
    await expect.poll(() => items.length).toBeGreaterThan(0);
    const published = [(await trpc.events.publish.mutate(event)).id];
    await expect.poll(seen).toEqual(published);
    first.unsubscribe();
    published.push((await trpc.events.publish.mutate(event)).id);
    const second = subscribe(items.findLast((item) => item.data !== null)?.id);
    await expect.poll(seen).toEqual(published);
    second.unsubscribe();
  });
});

describe('a client with many calls', () => {
  const batching = ['httpBatchLink', 'httpBatchStreamLink'] as const;
  const failures = async (calls: readonly Promise<unknown>[]) => {
    const results = await Promise.allSettled(calls);
    return new Set(results.map((one) => (one.status === 'rejected' ? String(one.reason) : 'answered')));
  };

  it.each(batching)('with %s gets an error that names the most calls of a batch', async (name) => {
    const trpc = createClient(links[name]?.() ?? httpLink(stock()));
    const calls = Array.from({ length: 1_001 }, () => trpc.keys.list.query());
    const message =
      'a batch has at most 1000 calls, not 1001; set maxItems: 1000 in the batch link, or publish with events.publishMany';
    expect(await failures(calls)).toEqual(new Set([`TRPCClientError: ${message}`]));
  });

  it.each(batching)('with %s gets an error that names the longest URL', async (name) => {
    const trpc = createClient(links[name]?.() ?? httpLink(stock()));
    const calls = Array.from({ length: 1_000 }, () => trpc.apps.get.query({ id: appId }));
    const message =
      'the URL and the headers exceed 16384 bytes; send fewer calls in a batch, for example with maxURLLength: 8000 in the batch link';
    expect(await failures(calls)).toEqual(new Set([`TRPCClientError: ${message}`]));
  });

  it('gets as many responses if it limits its URL', async () => {
    const trpc = createClient(httpBatchLink({ ...stock(), maxURLLength: 8_000 }));
    const calls = Array.from({ length: 1_000 }, () => trpc.apps.get.query({ id: appId }));
    expect(await failures(calls)).toEqual(new Set(['answered']));
  });

  it.each(batching)('with %s gets an error that names the largest body', async (name) => {
    const trpc = createClient(links[name]?.() ?? httpLink(stock()));
    const note = 'x'.repeat(100_000);
    const event = { appId, event: 'license.revoked' as const, data: { ...data, note } };
    const calls = Array.from({ length: 6 }, () => trpc.events.publish.mutate(event));
    const message = 'the request body exceeds 524288 bytes; send fewer calls or events in one request';
    expect(await failures(calls)).toEqual(new Set([`TRPCClientError: ${message}`]));
  });

  it('cannot page backward, and the error says why', async () => {
    const trpc = createClient(httpLink<AppRouter>(stock()));
    const call = trpc.apps.list.query({ direction: 'backward' } as object);
    await expect(call).rejects.toThrow("direction: must be 'forward', because a list has no previous page");
  });
});
