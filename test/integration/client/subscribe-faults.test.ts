import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTocsinClient, type FetchLike, type Reconnect, type TocsinClientError } from '@tocsin/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, httpDouble, json } from './http-double.ts';

const quick = { token: 'tsk_1', retry: { baseDelayMs: 1, maxDelayMs: 5 } };
const sse = { 'content-type': 'text/event-stream' };
const item = {
  id: 'evt_1',
  appId: 'app_1',
  type: 'user.ban',
  timestamp: '2026-04-10T15:30:00.000Z',
  data: { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b', appId: 'app_1' },
};
const first = `id: 1\ndata: ${JSON.stringify(item)}\n\n`;
const rejectedKey = `event: serialized-error\ndata: ${JSON.stringify((errorBody('UNAUTHENTICATED', 401) as { error: object }).error)}\n\n`;
const connected = 'event: connected\ndata: {"reconnectAfterInactivityMs":25000}\n\n';

/** An address that refuses connections. */
async function refusingUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

afterEach(() => {
  // Not all mocks, because those of the console report unexpected output.
  vi.spyOn(Math, 'random').mockRestore();
});

describe('a permanent fault ends a subscription with its error, after one connection', () => {
  const html = { 'content-type': 'text/html' };
  const responses: [what: string, answer: (response: ServerResponse) => unknown, error: object][] = [
    [
      'a web page',
      (response) => response.writeHead(200, html).end('<html>sign in</html>'),
      { code: 'BAD_RESPONSE', httpStatus: 200 },
    ],
    [
      'an endless web page',
      (response) => response.writeHead(200, html).write('x'.repeat(100_000)),
      { code: 'BAD_RESPONSE' },
    ],
    [
      'JSON of another service',
      (response) => json(response, 200, { result: 1 }),
      { code: 'BAD_RESPONSE', httpStatus: 200 },
    ],
    [
      'an error of the server with status 200',
      (response) => json(response, 200, errorBody('SCOPE_MISSING', 403)),
      { code: 'SCOPE_MISSING' },
    ],
    ['no content', (response) => response.writeHead(204).end(), { code: 'BAD_RESPONSE', httpStatus: 204 }],
    ['no content type', (response) => response.writeHead(200).end(first), { code: 'BAD_RESPONSE' }],
    [
      'a missing page',
      (response) => response.writeHead(404, html).end('not here'),
      { code: 'BAD_RESPONSE', httpStatus: 404 },
    ],
    ['a missing app', (response) => json(response, 404, errorBody('NOT_FOUND', 404)), { code: 'NOT_FOUND' }],
    [
      'a proxy that forbids it',
      (response) => response.writeHead(403).end(),
      { code: 'BAD_RESPONSE', httpStatus: 403 },
    ],
    [
      'a rejected key',
      (response) => json(response, 401, errorBody('UNAUTHENTICATED', 401)),
      { code: 'UNAUTHENTICATED' },
    ],
    [
      'events of another service',
      (response) => response.writeHead(200, sse).end('id: 1\ndata: {"temperature":21}\n\n'),
      { code: 'BAD_RESPONSE' },
    ],
    [
      'events that are no JSON',
      (response) => response.writeHead(200, sse).end('id: 1\ndata: hello\n\n'),
      { code: 'BAD_RESPONSE' },
    ],
    [
      'a line without an end',
      (response) => response.writeHead(200, sse).write('x'.repeat(2_000_001)),
      { code: 'BAD_RESPONSE' },
    ],
  ];

  it.each(responses)('%s', async (_what, answer, error) => {
    await using server = await httpDouble((_request, response) => void answer(response));
    const onReconnect = vi.fn();
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const events = tocsin.events.subscribe({}, { onReconnect });
    await expect(events.next()).rejects.toMatchObject({ ...error, retryable: false });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(server.seen).toHaveLength(1);
    expect(onReconnect).not.toHaveBeenCalled();
    await tocsin.close();
  });

  it('a function token that throws', async () => {
    await using server = await httpDouble((_request, response) => void response.end());
    const token = vi.fn(() => expect.fail('vault is sealed with hunter2'));
    const tocsin = createTocsinClient({ ...quick, url: server.url, token });
    const error = await tocsin.events
      .subscribe()
      .next()
      .catch((thrown: unknown) => thrown as TocsinClientError);
    expect(error).toMatchObject({ name: 'TocsinClientError', retryable: false });
    expect((error as TocsinClientError).code).not.toBe('NETWORK');
    expect((error as TocsinClientError).message).not.toContain('hunter2');
    expect(token).toHaveBeenCalledTimes(1);
    expect(server.seen).toEqual([]);
    await tocsin.close();
  });

  it('an input that JSON cannot hold', async () => {
    const tocsin = createTocsinClient({ ...quick, url: 'http://127.0.0.1:9' });
    const events = tocsin.events.subscribe({ appId: 1n as unknown as string });
    await expect(events.next()).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await tocsin.close();
  });
});

describe('a temporary fault of a subscription', () => {
  /** Subscribes until the callback has seen this many failures. */
  async function failures(url: string, count: number, options: object = {}): Promise<Reconnect[]> {
    const tocsin = createTocsinClient({ ...quick, url, ...options });
    const seen: Reconnect[] = [];
    const stop = new AbortController();
    const onReconnect = (reconnect: Reconnect) => {
      seen.push(reconnect);
      if (seen.length === count) stop.abort();
      throw new Error('errors of the callback are ignored');
    };
    for await (const _event of tocsin.events.subscribe({ after: '7' }, { signal: stop.signal, onReconnect }));
    await tocsin.close();
    return seen;
  }

  it('goes to onReconnect and to the logger: a refused port', async () => {
    const warn = vi.fn();
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const seen = await failures(await refusingUrl(), 4, { logger: { warn } });
    expect(seen).toMatchObject([
      { failures: 1, waitMs: 1, cursor: '7', error: { code: 'NETWORK', retryable: true } },
      { failures: 2, waitMs: 2 },
      { failures: 3, waitMs: 4 },
      { failures: 4, waitMs: 5 },
    ]);
    expect(warn).toHaveBeenCalledTimes(4);
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ call: 'events.subscribe', code: 'NETWORK', failures: 1, waitMs: 1 }),
      'connection lost; reconnecting',
    );
  });

  it('goes to the console once if nothing else observes it', async () => {
    // Every test fails for output on the console, unless it clears the mock.
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const url = await refusingUrl();
    let connections = 0;
    const counted: FetchLike = (target, init) => {
      connections++;
      return fetch(target, init);
    };
    const stop = new AbortController();
    const tocsin = createTocsinClient({ ...quick, url, fetch: counted });
    const next = tocsin.events.subscribe({}, { signal: stop.signal }).next();
    await expect.poll(() => connections).toBeGreaterThan(5);
    stop.abort();
    await next;
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^Tocsin: events\.subscribe cannot connect and keeps trying \(NETWORK: /,
        ) as string,
      ],
    ]);
    warn.mockClear();
    await tocsin.close();
  });

  it('makes each delay longer although the server sends its first item at once', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    await using server = await httpDouble((_request, response) => {
      response.writeHead(200, sse).end(`${connected}id: ${server.seen.length}\ndata: null\n\n`);
    });
    const seen = await failures(server.url, 5, { retry: { baseDelayMs: 1, maxDelayMs: 100 } });
    expect(seen.map(({ waitMs }) => waitMs)).toEqual([1, 2, 4, 8, 16]);
    expect(seen.map(({ cursor }) => cursor)).toEqual(['1', '2', '3', '4', '5']);
  });

  it.each([
    ['a date in another year', 'Fri, 31 Dec 2099 23:59:59 GMT', 300_001],
    ['a large number', '999999999', 300_001],
    ['a number', '20', 20_001],
  ])('waits as long as Retry-After says, but not for ever: %s', async (_what, retryAfter, waitMs) => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    await using server = await httpDouble((_request, response) => {
      response.writeHead(503, { 'retry-after': retryAfter }).end();
    });
    expect(await failures(server.url, 1)).toMatchObject([{ waitMs, error: { code: 'UNAVAILABLE' } }]);
    expect(server.seen).toHaveLength(1);
  });

  it('may be a key that was rotated: the new one is used', async () => {
    await using server = await httpDouble(({ headers }, response) => {
      if (headers.authorization === 'Bearer new') response.writeHead(200, sse).write(connected + first);
      else response.writeHead(200, sse).end(connected + rejectedKey);
    });
    let key = 'old';
    const token = () => {
      const current = key;
      key = 'new';
      return current;
    };
    const onReconnect = vi.fn();
    const tocsin = createTocsinClient({ ...quick, url: server.url, token });
    const events = tocsin.events.subscribe({}, { onReconnect });
    expect((await events.next()).value).toMatchObject({ id: 'evt_1' });
    expect(onReconnect).toHaveBeenCalledTimes(1);
    await events.return();
    await tocsin.close();
  });
});

describe('a subscription that waits for an event', () => {
  /** A server that sends nothing after its first message, and counts the open connections. */
  async function silentServer() {
    let open = 0;
    let opened = 0;
    const server = await httpDouble((_request, response) => {
      open++;
      opened++;
      response.on('close', () => open--);
      response.writeHead(200, sse).write(connected);
    });
    return { ...server, open: () => open, opened: () => opened };
  }

  /** An implementation of fetch that ignores its signal. */
  const deaf: FetchLike = (url, { signal: _signal, ...init }) => fetch(url, init);
  const done = { done: true, value: undefined };

  it.each([
    ['return', fetch],
    ['throw', fetch],
    ['the signal', fetch],
    ['close', fetch],
    ['return, though fetch ignores its signal', deaf],
    ['the signal, though fetch ignores it', deaf],
  ] as const)('ends at once, with its connection, by %s', async (how, implementation) => {
    await using server = await silentServer();
    const tocsin = createTocsinClient({ ...quick, url: server.url, fetch: implementation });
    const abort = new AbortController();
    const events = tocsin.events.subscribe({}, { signal: abort.signal });
    const pending = [events.next(), events.next()];
    await expect.poll(server.opened).toBe(1);
    if (how.startsWith('return')) expect(await events.return()).toEqual(done);
    else if (how === 'throw') await expect(events.throw(new Error('mine'))).rejects.toThrow('mine');
    else if (how === 'close') await tocsin.close();
    else abort.abort();
    expect(await Promise.all(pending)).toEqual([done, done]);
    expect(await events.next()).toEqual(done);
    await expect.poll(server.open).toBe(0);
    expect(server.opened()).toBe(1);
    await tocsin.close();
  });

  it('ends at once while it connects and while it waits to reconnect', async () => {
    const connecting = createTocsinClient({
      ...quick,
      url: 'http://server.invalid',
      fetch: () => new Promise(() => undefined),
    });
    const events = connecting.events.subscribe();
    const pending = events.next();
    expect(await events.return()).toEqual(done);
    expect(await pending).toEqual(done);
    const retry = { baseDelayMs: 1_000_000, maxDelayMs: 1_000_000 };
    const waiting = createTocsinClient({ ...quick, url: await refusingUrl(), retry });
    await new Promise<void>((resolve) => {
      const later = waiting.events.subscribe(
        {},
        { onReconnect: () => resolve(later.return().then(() => undefined)) },
      );
      void later.next();
    });
    await Promise.all([connecting.close(), waiting.close()]);
  });

  it('sends no request if it ends before its first event is asked for', async () => {
    await using server = await silentServer();
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const events = tocsin.events.subscribe();
    expect(await events.return()).toEqual(done);
    expect(await events.next()).toEqual(done);
    const aborted = tocsin.events.subscribe({}, { signal: AbortSignal.abort() });
    expect(await aborted.next()).toEqual(done);
    expect(server.opened()).toBe(0);
    await tocsin.close();
  });
});
