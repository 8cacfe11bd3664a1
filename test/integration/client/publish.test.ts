import { createTocsinClient, isTocsinClientError, type TocsinClientError } from '@tocsin/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loginData } from '../../support/publishing.ts';
import { acceptAll, getEvents, httpDouble, json, errorBody } from './http-double.ts';

const data = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };
const event = { appId: 'app_1', data };
const quick = { token: 'tsk_1', retry: { baseDelayMs: 1 } };
const patient = { timeout: 20_000 };

afterEach(() => {
  vi.useRealTimers();
});

async function getError(call: Promise<unknown>): Promise<TocsinClientError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTocsinClientError(error)) throw new Error(`not a TocsinClientError: ${String(error)}`);
  return error;
}

describe('publishing', () => {
  it('sends one POST with the token, the event and a key, and returns the result', async () => {
    await using server = await httpDouble(acceptAll);
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const published = await tocsin.publish('user.ban', {
      ...event,
      timestamp: new Date('2026-04-10T15:30:00Z'),
    });
    const [request] = server.seen;
    expect(request).toMatchObject({ method: 'POST', url: '/trpc/events.publishMany' });
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer tsk_1',
      'content-type': 'application/json',
    });
    const [sent] = request ? getEvents(request) : [];
    expect(sent).toEqual({
      appId: 'app_1',
      event: 'user.ban',
      data,
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      timestamp: '2026-04-10T15:30:00.000Z',
    });
    expect(published).toEqual({ id: `evt of ${sent?.idempotencyKey}`, deliveries: 2 });
    await tocsin.close();
  });

  it('keeps the path of the url, and gets the token for each request', async () => {
    await using server = await httpDouble(acceptAll);
    let tokens = 0;
    const tocsin = createTocsinClient({ url: `${server.url}/hooks/`, token: () => `tsk_${++tokens}` });
    await tocsin.publish('user.ban', event);
    await tocsin.publish('user.ban', event);
    expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/hooks/trpc/events.publishMany', 'Bearer tsk_1'],
      ['/hooks/trpc/events.publishMany', 'Bearer tsk_2'],
    ]);
    await tocsin.close();
  });

  it('of a thousand events takes few requests, and each caller gets its own result', async () => {
    await using server = await httpDouble(acceptAll);
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, n) =>
        tocsin.publish('user.ban', { ...event, idempotencyKey: `key-${n}` }),
      ),
    );
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 1000 }, (_, n) => `evt of key-${n}`));
    expect(server.seen.length).toBe(5);
    await tocsin.close();
  });

  it('retries with the same key after a lost connection, a 503 and the error page of a proxy', async () => {
    let requests = 0;
    await using server = await httpDouble((request, response) => {
      requests++;
      if (requests === 1) response.destroy();
      else if (requests === 2) json(response, 503, errorBody('UNAVAILABLE', 503), { 'retry-after': '0' });
      else if (requests === 3)
        response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
      else acceptAll(request, response);
    });
    const warnings: object[] = [];
    const logger = { warn: (fields: object) => void warnings.push(fields) };
    const tocsin = createTocsinClient({ ...quick, url: server.url, logger });
    await tocsin.publish('user.ban', event);
    const keys = server.seen.map((request) => getEvents(request)[0]?.idempotencyKey);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(warnings.map((fields) => (fields as { code: string }).code)).toEqual([
      'NETWORK',
      'UNAVAILABLE',
      'UNAVAILABLE',
    ]);
    await tocsin.close();
  });

  it('waits as long as Retry-After says', async () => {
    let first = true;
    const times: number[] = [];
    await using server = await httpDouble((request, response) => {
      times.push(performance.now());
      if (!first) return acceptAll(request, response);
      first = false;
      json(response, 429, errorBody('RATE_LIMITED', 429), { 'retry-after': '0.3' });
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    await tocsin.publish('user.ban', event);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(290);
    await tocsin.close();
  });

  it('rejects with the code, request id and status of a permanent error, after one attempt', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 403, errorBody('SCOPE_MISSING', 403)),
    );
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const error = await getError(tocsin.publish('user.ban', event));
    expect(error).toMatchObject({
      code: 'SCOPE_MISSING',
      message: 'rejected: SCOPE_MISSING',
      retryable: false,
      requestId: 'req-7',
      httpStatus: 403,
    });
    expect(server.seen).toHaveLength(1);
    await tocsin.close();
  });

  it('reports an unknown error code as UNRECOGNIZED, and keeps the rest of the error', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 418, errorBody('TEAPOT', 418)),
    );
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    expect(await getError(tocsin.publish('user.ban', event))).toMatchObject({
      code: 'UNRECOGNIZED',
      retryable: false,
    });
    await tocsin.close();
  });

  it.each([
    ['an HTML page', '<html>'],
    ['too few results', '{"result":{"data":[]}}'],
    ['invalid results', '{"result":{"data":[{"yes":1}]}}'],
  ])('rejects if a 200 contains %s', async (_what, body) => {
    await using server = await httpDouble((_request, response) => void response.writeHead(200).end(body));
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    expect(await getError(tocsin.publish('user.ban', event))).toMatchObject({
      code: 'BAD_RESPONSE',
      retryable: false,
    });
    await tocsin.close();
  });

  it('aborts an attempt at its time limit, and retries', async () => {
    let first = true;
    await using server = await httpDouble((request, response) => {
      if (first) first = false;
      else acceptAll(request, response);
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url, attemptTimeoutMs: 10_000 });
    // The time of the client stands still while it waits for the server.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const published = tocsin.publish('user.ban', event);
    await vi.waitFor(() => expect(server.seen).toHaveLength(1), patient);
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(() => expect(server.seen).toHaveLength(2), patient);
    await published;
    await tocsin.close();
  });

  it('treats an incomplete response as a timeout', async () => {
    await using server = await httpDouble(
      (_request, response) => void response.writeHead(200).write('{"result":'),
    );
    const tocsin = createTocsinClient({
      ...quick,
      url: server.url,
      attemptTimeoutMs: 100,
      retry: { retries: 0 },
    });
    expect(await getError(tocsin.publish('user.ban', event))).toMatchObject({
      code: 'TIMEOUT',
      retryable: true,
    });
    await tocsin.close();
  });

  it('ends when the caller’s signal aborts', async () => {
    await using server = await httpDouble(() => undefined);
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const abort = new AbortController();
    const call = getError(tocsin.publish('user.ban', event, { signal: abort.signal }));
    await expect.poll(() => server.seen.length).toBe(1);
    abort.abort();
    expect(await call).toMatchObject({ code: 'ABORTED', retryable: false });
    await tocsin.close();
  });

  it('returns every error as a value from safePublish', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 401, errorBody('UNAUTHENTICATED', 401)),
    );
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    expect(await tocsin.safePublish('user.ban', event)).toMatchObject({
      ok: false,
      error: { code: 'UNAUTHENTICATED' },
    });
    await tocsin.close();
  });

  it('rejects data that cannot be serialized as JSON without a request', async () => {
    await using server = await httpDouble(acceptAll);
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const circular: typeof data & { self?: unknown } = { ...data };
    circular.self = circular;
    expect(await getError(tocsin.publish('user.ban', { appId: 'a', data: circular }))).toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(server.seen).toHaveLength(0);
    await tocsin.close();
  });

  it('sends the trace of each event, and combines events of two traces in one request', async () => {
    await using server = await httpDouble(acceptAll);
    let trace = 0;
    const tocsin = createTocsinClient({ ...quick, url: server.url, traceparent: () => `00-${++trace}` });
    await Promise.all([tocsin.publish('user.ban', event), tocsin.publish('user.ban', event)]);
    expect(server.seen).toHaveLength(1);
    expect(server.seen.flatMap(getEvents)).toMatchObject([{ traceparent: '00-1' }, { traceparent: '00-2' }]);
    await tocsin.close();
  });

  it('of many events returns one outcome for each, in the same order', async () => {
    const errors = [{ path: 'data.ip', message: 'is missing' }];
    await using server = await httpDouble((request, response) => {
      const results = getEvents(request).map(({ event: type }) =>
        type === 'user.ban'
          ? { ok: true, id: 'evt_1', deliveries: 0 }
          : { ok: false, code: 'INVALID_INPUT', message: 'data.ip: is missing', retryable: false, errors },
      );
      json(response, 200, { result: { data: results } }, { 'x-request-id': 'req-9' });
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const outcomes = await tocsin.publishMany([
      { type: 'user.ban', ...event },
      { type: 'user.login', appId: 'app_1', data: loginData },
      { type: 'user.ban', ...event },
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    const error = { code: 'INVALID_INPUT', requestId: 'req-9', problems: errors };
    expect(outcomes[1]).toMatchObject({ error });
    expect(server.seen).toHaveLength(1);
    await tocsin.close();
  });

  it('is finished by close, and rejected after it', async () => {
    await using server = await httpDouble(acceptAll);
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const calls = Array.from({ length: 500 }, () => tocsin.publish('user.ban', event));
    await tocsin.close();
    expect(await Promise.all(calls)).toHaveLength(500);
    expect(await getError(tocsin.publish('user.ban', event))).toMatchObject({ code: 'CLOSED' });
    expect(await getError(tocsin.apps.list.query())).toMatchObject({ code: 'CLOSED' });
  });

  it('is not affected by a logger that throws', async () => {
    let first = true;
    await using server = await httpDouble((request, response) => {
      if (!first) return acceptAll(request, response);
      first = false;
      response.destroy();
    });
    const logger = {
      warn: () => {
        throw new Error('disk full');
      },
    };
    const tocsin = createTocsinClient({ ...quick, url: server.url, logger });
    expect(await tocsin.publish('user.ban', event)).toMatchObject({ deliveries: 2 });
    await tocsin.close();
  });
});

describe('the options', () => {
  it.each([
    [{ url: 'not a url', token: 't' }],
    [{ url: 'ftp://x', token: 't' }],
    [{ url: 'http://x', token: ' ' }],
    [{ url: 'http://x', token: 't', timeoutMs: 0 }],
    [{ url: 'http://x', token: 't', coalesce: { maxEvents: Number.NaN } }],
  ])('%j are rejected when the client is created', (options) => {
    expect(() => createTocsinClient(options)).toThrow(TypeError);
  });
});
