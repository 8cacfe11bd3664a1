import { createTRPCClient } from '@trpc/client';
import { describe, expect, it } from 'vitest';
import { tocsinLink, type AppRouter, type TocsinLinkOptions } from '@tocsin/client/trpc';
import { acceptAll, errorBody, getEvents, httpDouble, json } from './http-double.ts';

const data = { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'revoked' } as const;
const event = { appId: 'app_1', event: 'license.revoked' as const, data };

function connect(url: string, options: Partial<TocsinLinkOptions> = {}) {
  const link = tocsinLink({ url, token: 'tsk_1', retry: { baseDelayMs: 1 }, ...options });
  return { link, trpc: createTRPCClient<AppRouter>({ links: [link] }) };
}

describe('tocsinLink', () => {
  it('sends concurrent publishes in one request, each with a key, and returns to each its own', async () => {
    await using server = await httpDouble(acceptAll);
    const { trpc } = connect(server.url);
    const [first, second, many] = await Promise.all([
      trpc.events.publish.mutate({ ...event, idempotencyKey: 'mine', version: 2 }),
      trpc.events.publish.mutate(event),
      trpc.events.publishMany.mutate({ events: [{ ...event, idempotencyKey: 'third' }] }),
    ]);
    const sent = server.seen.flatMap(getEvents);
    expect(server.seen).toHaveLength(1);
    expect(sent.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['mine', expect.any(String), 'third']);
    expect(sent[0]).toMatchObject({ ...event, version: 2 });
    expect([first.id, second.id]).toEqual(['evt of mine', `evt of ${sent[1]?.idempotencyKey}`]);
    expect(many).toEqual([{ ok: true, id: 'evt of third', deliveries: 2 }]);
  });

  it('retries with the same key after the delay that the server asks for', async () => {
    let isFirst = true;
    await using server = await httpDouble((request, response) => {
      if (isFirst) json(response, 503, errorBody('UNAVAILABLE', 503), { 'retry-after': '0.05' });
      else acceptAll(request, response);
      isFirst = false;
    });
    const startedAt = performance.now();
    await connect(server.url).trpc.events.publish.mutate(event);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
    const [first, second] = server.seen.map((request) => getEvents(request)[0]?.idempotencyKey);
    expect(second).toBe(first);
  });

  it('reads the token for every request, and sends the trace', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 200, { result: { data: { items: [], nextCursor: null } } }),
    );
    let calls = 0;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { trpc } = connect(server.url, { token: () => `tsk_${++calls}`, traceparent: () => traceparent });
    await trpc.apps.list.query({ limit: 1 });
    await trpc.apps.list.query();
    expect(server.seen.map(({ url }) => decodeURIComponent(url))).toEqual([
      '/trpc/apps.list?input={"limit":1}',
      '/trpc/apps.list',
    ]);
    expect(server.seen.map(({ headers }) => [headers.authorization, headers['traceparent']])).toEqual([
      ['Bearer tsk_1', traceparent],
      ['Bearer tsk_2', traceparent],
    ]);
  });

  it('has the code of an error also without a response', async () => {
    await using server = await httpDouble((_request, response) => void response.destroy());
    const { trpc } = connect(server.url, { retry: { retries: 0 } });
    await expect(trpc.apps.create.mutate({ name: 'An app' })).rejects.toMatchObject({
      name: 'TRPCClientError',
      data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 503, tocsin: { code: 'NETWORK', retryable: true } },
      cause: { name: 'TocsinClientError' },
    });
    const infinite = { ...event, data: { ...data, seats: Infinity } };
    await expect(trpc.events.publish.mutate(infinite)).rejects.toMatchObject({
      message: 'data.seats: Infinity is not a JSON number',
      data: { httpStatus: 400, tocsin: { code: 'INVALID_INPUT' } },
    });
  });

  it('has the delay that the server asks for in the error', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 429, errorBody('RATE_LIMITED', 429), { 'retry-after': '7' }),
    );
    const { trpc } = connect(server.url, { retry: { retries: 0 } });
    const tocsin = { code: 'RATE_LIMITED', retryable: true, requestId: 'req-7', retryAfterSeconds: 7 };
    await expect(trpc.apps.list.query()).rejects.toMatchObject({
      data: { code: 'TOO_MANY_REQUESTS', httpStatus: 429, path: 'apps.list', tocsin },
    });
  });

  it('returns the error of each event, and throws if no event reached the server', async () => {
    await using server = await httpDouble((request, response) => {
      const results = getEvents(request).map(({ idempotencyKey }) =>
        idempotencyKey === 'bad'
          ? { ok: false, code: 'FORBIDDEN', message: 'no such app', retryable: false }
          : { ok: true, id: 'evt_1', deliveries: 0 },
      );
      const isRejected = getEvents(request).some(({ idempotencyKey }) => idempotencyKey === 'rejected');
      if (isRejected) json(response, 403, errorBody('SCOPE_MISSING', 403));
      else json(response, 200, { result: { data: results } });
    });
    const { trpc } = connect(server.url);
    const publish = (...keys: string[]) =>
      trpc.events.publishMany.mutate({
        events: keys.map((idempotencyKey) => ({ ...event, idempotencyKey })),
      });
    expect(await publish('bad')).toEqual([
      { ok: false, code: 'FORBIDDEN', message: 'no such app', retryable: false, errors: [] },
    ]);
    expect((await publish('bad', 'good')).map(({ ok }) => ok)).toEqual([false, true]);
    await expect(publish('rejected', 'good')).rejects.toMatchObject({
      data: { tocsin: { code: 'SCOPE_MISSING' } },
    });
  });

  it('publishes what is pending when it closes, and rejects later calls', async () => {
    await using server = await httpDouble(acceptAll);
    const { link, trpc } = connect(server.url);
    const pending = trpc.events.publish.mutate(event);
    await link.close();
    await expect(pending).resolves.toMatchObject({ deliveries: 2 });
    const closed = { data: { tocsin: { code: 'CLOSED', retryable: false } } };
    await expect(trpc.events.publish.mutate(event)).rejects.toMatchObject(closed);
    await expect(trpc.apps.list.query()).rejects.toMatchObject(closed);
    const subscription = trpc.events.subscribe.subscribe({})[Symbol.asyncIterator]();
    await expect(subscription.next()).rejects.toMatchObject(closed);
  });

  it('reconnects a subscription at its position, and says so', async () => {
    const item = (id: string) => `id: ${id}\ndata: {"id":"evt_${id}"}\n\n`;
    await using server = await httpDouble(({ url }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const isResumed = url.includes('lastEventId');
      response.write(`event: connected\ndata: {}\n\n${item(isResumed ? '2' : '1')}`);
      if (!isResumed) response.end();
    });
    const { link, trpc } = connect(server.url);
    const states: string[] = [];
    const items: unknown[] = [];
    const ended = new Promise<void>((resolve) => {
      trpc.events.subscribe.subscribe(undefined, {
        onData: ({ id, data: sent }) => void (items.push([id, sent?.id]) === 2 && link.close()),
        onConnectionStateChange: ({ state, error }) =>
          states.push(error ? `${state} after ${error.message}` : state),
        onStopped: () => states.push('stopped'),
        onComplete: resolve,
      });
    });
    await ended;
    expect(items).toEqual([
      ['1', 'evt_1'],
      ['2', 'evt_2'],
    ]);
    expect(states).toEqual([
      'connecting',
      'pending',
      'connecting after the server ended the event stream',
      'pending',
      'stopped',
      'idle',
    ]);
  });
});
