import { format, inspect } from 'node:util';
import { createTRPCClient } from '@trpc/client';
import { createTocsinClient, isTocsinClientError } from '@tocsin/client';
import { tocsinLink, type AppRouter } from '@tocsin/client/trpc';
import { describe, expect, it, vi } from 'vitest';
import { acceptAll, errorBody, httpDouble, json } from './http-double.ts';

const event = { appId: 'app_1', data: { licenseKey: 'k', status: 'revoked' } } as const;
const token = 'tsk_SECRET';
const boom = (): never => {
  throw new Error('boom');
};

/** A call of code without types. */
type AnyCall = (...args: unknown[]) => Promise<unknown>;

describe('a call with faulty arguments or options', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const inputs: [string, unknown][] = [
    ['a bigint', { rateLimit: 1n }],
    ['a cycle', circular],
    ['a getter that throws', Object.defineProperty({}, 'appId', { enumerable: true, get: boom })],
    ['a toJSON that throws', { toJSON: boom }],
    [
      'a thrown value without a message',
      {
        toJSON: () => {
          throw Object.create(null);
        },
      },
    ],
  ];

  it.each(inputs)('rejects with TocsinClientError for %s', async (_case, input) => {
    const tocsin = createTocsinClient({ url: 'http://127.0.0.1:4', token, retry: { retries: 0 } });
    const link = createTRPCClient<AppRouter>({ links: [tocsinLink({ url: 'http://127.0.0.1:4', token })] });
    // `as`: callers without types pass anything.
    const create = tocsin.webhooks.create.mutate as AnyCall;
    const publish = tocsin.publish as AnyCall;
    const error: unknown = await create(input).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'TocsinClientError', code: 'INVALID_INPUT', wasSent: false });
    const unpublished: unknown = await publish('license.revoked', { appId: 'app_1', data: input }).catch(
      (reason: unknown) => reason,
    );
    expect(unpublished).toMatchObject({ name: 'TocsinClientError', code: 'INVALID_INPUT' });
    const linked = link.webhooks.create.mutate as AnyCall;
    await expect(linked(input)).rejects.toMatchObject({ data: { tocsin: { code: 'INVALID_INPUT' } } });
  });

  it('rejects or returns an error without an event', async () => {
    const tocsin = createTocsinClient({ url: 'http://127.0.0.1:4', token });
    // `as`: callers without types pass anything.
    const untyped = tocsin as unknown as Record<'publish' | 'safePublish' | 'publishMany', AnyCall>;
    const update = tocsin.webhooks.update.mutate as AnyCall;
    await expect(update(() => {})).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await untyped.safePublish('license.revoked')).toMatchObject({
      ok: false,
      error: { code: 'INVALID_INPUT' },
    });
    await expect(untyped.publish('license.revoked', null)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(untyped.publishMany()).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await untyped.publishMany([null])).toMatchObject([{ error: { code: 'INVALID_INPUT' } }]);
    await expect(untyped.publish('license.revoked', event, { signal: {} })).rejects.toSatisfy(
      isTocsinClientError,
    );
  });

  it('goes on if tracing or logging fails', async () => {
    let isFirst = true;
    await using server = await httpDouble((request, response) => {
      if (isFirst) json(response, 503, errorBody('UNAVAILABLE', 503));
      else acceptAll(request, response);
      isFirst = false;
    });
    const logger = { warn: boom, debug: async () => await Promise.reject(new Error('boom')) };
    const tocsin = createTocsinClient({
      url: server.url,
      token,
      logger,
      traceparent: boom,
      retry: { baseDelayMs: 1 },
    });
    expect(await tocsin.publish('license.revoked', event)).toMatchObject({ deliveries: 2 });
    expect(server.seen[1]?.headers['traceparent']).toBeUndefined();
  });

  it('rejects with NETWORK if fetch throws', async () => {
    const tocsin = createTocsinClient({
      url: 'http://127.0.0.1:4',
      token,
      fetch: boom,
      retry: { retries: 0 },
    });
    await expect(tocsin.apps.list.query()).rejects.toMatchObject({ code: 'NETWORK' });
  });

  it('keeps the code of a newer server', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 409, errorBody('NEWER_CODE', 409)),
    );
    const call = createTocsinClient({ url: server.url, token }).apps.list.query();
    await expect(call).rejects.toMatchObject({ code: 'UNRECOGNIZED', serverCode: 'NEWER_CODE' });
    const trpc = createTRPCClient<AppRouter>({ links: [tocsinLink({ url: server.url, token })] });
    await expect(trpc.apps.list.query()).rejects.toMatchObject({
      data: { tocsin: { code: 'UNRECOGNIZED', serverCode: 'NEWER_CODE' } },
    });
  });
});

describe('durations', () => {
  const names = ['timeoutMs', 'attemptTimeoutMs'] as const;

  it.each(names)('of %s may be infinite or longer than a timer of Node', async (name) => {
    await using server = await httpDouble((_request, response) => {
      setTimeout(() => json(response, 200, { result: { data: {} } }), 20);
    });
    for (const value of [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40]) {
      const tocsin = createTocsinClient({ url: server.url, token, [name]: value, retry: { retries: 0 } });
      await tocsin.apps.list.query();
    }
    expect(server.seen).toHaveLength(3);
  });

  it.each([...names, 'retry.maxDelayMs', 'retry.baseDelayMs', 'coalesce.lingerMs'])(
    'of %s are numbers from 0',
    (name) => {
      const [group, field = ''] = name.split('.');
      for (const value of [Number.NaN, -1, '5', null, {}]) {
        const options = field === '' ? { [name]: value } : { [group ?? '']: { [field]: value } };
        // `null` is no value for an option, like undefined.
        if (value === null)
          expect(() => createTocsinClient({ url: 'http://x', token, ...options })).not.toThrow();
        else expect(() => createTocsinClient({ url: 'http://x', token, ...options })).toThrow(TypeError);
      }
    },
  );

  it('of close may be infinite, and are checked', async () => {
    await using server = await httpDouble((request, response) => {
      setTimeout(() => acceptAll(request, response), 20);
    });
    const tocsin = createTocsinClient({ url: server.url, token });
    const publishing = tocsin.safePublish('license.revoked', event);
    await expect(tocsin.close({ timeoutMs: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await tocsin.close({ timeoutMs: Number.POSITIVE_INFINITY });
    expect(await publishing).toMatchObject({ ok: true });
  });
});

describe('close', () => {
  it('waits for queries and mutations, and then ends those that take too long', async () => {
    const held: (() => void)[] = [];
    await using server = await httpDouble(({ url }, response) => {
      if (url.endsWith('apps.create'))
        held.push(() => json(response, 200, { result: { data: { id: 'app_1' } } }));
    });
    const tocsin = createTocsinClient({ url: server.url, token });
    const slow = tocsin.apps.list.query().catch((error: unknown) => error);
    const created = tocsin.apps.create.mutate({ name: 'An app' });
    await vi.waitFor(() => expect(server.seen).toHaveLength(2));
    const closing = tocsin.close({ timeoutMs: 100 });
    await expect(tocsin.apps.list.query()).rejects.toMatchObject({ code: 'CLOSED', wasSent: false });
    for (const respond of held) respond();
    expect(await created).toEqual({ id: 'app_1' });
    expect(await slow).toMatchObject({ code: 'CLOSED', wasSent: true });
    await closing;
  });

  it('of a link ends its calls as well', async () => {
    await using server = await httpDouble(() => undefined);
    const link = tocsinLink({ url: server.url, token });
    const call = createTRPCClient<AppRouter>({ links: [link] })
      .apps.list.query()
      .catch((error: unknown) => error);
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    await link.close({ timeoutMs: 0 });
    expect(await call).toMatchObject({ data: { tocsin: { code: 'CLOSED' } } });
  });
});

describe('a signal', () => {
  it('of many calls causes no warning of a leak, and ends all of them', async () => {
    await using server = await httpDouble(() => undefined);
    const warnings: string[] = [];
    const note = ({ name }: Error) => void warnings.push(name);
    process.on('warning', note);
    const tocsin = createTocsinClient({ url: server.url, token });
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const calls = Array.from({ length: 12 }, async () => await tocsin.apps.list.query({}, options));
    const events = Array.from(
      { length: 12 },
      async () => await tocsin.publish('license.revoked', event, options),
    );
    const all = Promise.allSettled([...calls, ...events]);
    await vi.waitFor(() => expect(server.seen).toHaveLength(13));
    controller.abort();
    for (const result of await all) expect(result).toMatchObject({ reason: { code: 'ABORTED' } });
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

describe('a client in tests of its users', () => {
  const tocsin = createTocsinClient({ url: 'http://127.0.0.1:4', token });

  it('has the same procedures each time, which can be spied on and replaced', async () => {
    expect(tocsin.webhooks).toBe(tocsin.webhooks);
    expect(tocsin.webhooks.create).toBe(tocsin.webhooks.create);
    expect(tocsin.events.list).toBe(tocsin.events.list);
    const spy = vi.spyOn(tocsin.webhooks.delete, 'mutate').mockResolvedValue({ id: 'wh_1', deleted: true });
    expect(await tocsin.webhooks.delete.mutate({ id: 'wh_1' })).toEqual({ id: 'wh_1', deleted: true });
    expect(spy).toHaveBeenCalledOnce();
    const publish = vi.spyOn(tocsin, 'publish').mockResolvedValue({ id: 'evt_1', deliveries: 0 });
    expect(await tocsin.publish('license.revoked', event)).toEqual({ id: 'evt_1', deliveries: 0 });
    publish.mockRestore();
    spy.mockRestore();
  });

  it('is shown without its token, and like a plain object', async () => {
    const shown = [
      inspect(tocsin, { depth: 9, showProxy: true, showHidden: true }),
      JSON.stringify(tocsin),
      format('%s %o', tocsin, tocsin),
    ];
    expect(shown.join(' ')).not.toContain('SECRET');
    expect(Object.keys(tocsin).toSorted()).toEqual(
      ['publish', 'safePublish', 'publishMany', 'ready', 'events', 'feed', 'close'].toSorted(),
    );
    expect(Object.keys(tocsin.webhooks.create)).toEqual(['query', 'mutate', 'iterate']);
    expect(['webhooks' in tocsin, 'create' in tocsin.webhooks, 'then' in tocsin]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await Promise.resolve(tocsin.webhooks)).toBe(tocsin.webhooks);
    expect(tocsin).toEqual(tocsin);
  });
});
