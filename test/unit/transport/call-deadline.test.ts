import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { getCallDeadline } from '../../../server/src/transport/http/call-deadline.ts';
import { BodyReader } from '../../../server/src/transport/http/body-reader.ts';
import type { Services } from '../../../server/src/transport/services.ts';
import { registerTrpc } from '../../../server/src/transport/trpc/plugin.ts';
import { loginData } from '../../support/publishing.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

describe('the header tocsin-timeout-ms', () => {
  it.each([
    ['250', 250],
    ['0', 0],
    ['999999999', 999_999_999],
    ['1e3', undefined],
    ['-1', undefined],
    ['2.5', undefined],
    ['', undefined],
    ['9999999999', undefined],
    [undefined, undefined],
  ])('of %j is a time limit of %j ms, less the time of authentication', (value, limitMs) => {
    const request = { headers: { 'tocsin-timeout-ms': value }, checkedMs: 100 };
    const expected = limitMs === undefined ? undefined : performance.now() + limitMs - 100;
    expect(getCallDeadline(request)).toBe(expected);
  });
});

describe('a call whose caller has stopped waiting', () => {
  /** Calls a procedure whose rate limit takes a second, with time limits in the header. */
  async function call(path: string, timeoutMs: string | undefined, input?: object) {
    const publish = vi.fn((_actor: unknown, _publication: { readonly deadline: number }) =>
      Promise.resolve({ id: 'evt_1', deliveries: 0 }),
    );
    const list = vi.fn(() => Promise.resolve({ items: [], nextCursor: null }));
    const deadlines: unknown[] = [];
    const take = () => new Promise<void>((resolve) => setTimeout(resolve, 1_000));
    const services = {
      limits: { publish: { take }, management: { take } },
      access: { requireScope: () => {} },
      publish,
      apps: { list },
      readWithin: async (deadline: unknown, work: () => Promise<unknown>) => {
        deadlines.push(deadline);
        return await work();
      },
    };
    const app = fastify();
    app.decorateRequest('caller', undefined);
    app.decorateRequest('checkedMs', 0);
    const ignore = () => {};
    await registerTrpc(app, {
      // `as`: the parts that the two calls use.
      services: services as unknown as Services,
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      authenticate: () => ({ kind: 'root' }),
      closing: new AbortController().signal,
      bodies: new BodyReader({ maxTotalBytes: 1e6, maxAccountBytes: 1e6 }),
      clients: { countCall: ignore },
    });
    const startedAt = performance.now();
    const headers = timeoutMs === undefined ? {} : { 'tocsin-timeout-ms': timeoutMs };
    const request =
      input === undefined ? { method: 'GET' as const } : { method: 'POST' as const, payload: input };
    const reply = app.inject({ ...request, url: `/trpc/${path}`, headers });
    const ended = reply.then(() => true);
    const turn = () => new Promise<false>((resolve) => setImmediate(() => resolve(false)));
    while (!(await Promise.race([ended, turn()]))) await vi.advanceTimersByTimeAsync(50);
    await app.close();
    return {
      status: (await reply).statusCode,
      body: (await reply).body,
      publish,
      list,
      deadlines,
      startedAt,
    };
  }

  const event = { appId: 'app_test', event: 'user.login', data: loginData };

  it('is refused before its work begins', async () => {
    const read = await call('apps.list', '500');
    expect([read.status, read.list.mock.calls.length]).toEqual([503, 0]);
    expect(read.body).toContain('its time limit (tocsin-timeout-ms) passed while it waited');
    const published = await call('events.publish', '500', event);
    expect([published.status, published.publish.mock.calls.length]).toEqual([503, 0]);
  });

  it('is refused only after its limit, and its reads end at it', async () => {
    const { status, deadlines, startedAt } = await call('apps.list', '5000');
    expect(status).toBe(200);
    expect(deadlines).toEqual([expect.closeTo(startedAt + 5_000, -2)]);
    const unlimited = await call('apps.list', undefined);
    expect([unlimited.status, unlimited.deadlines]).toEqual([200, [undefined]]);
  });

  it.each([
    [undefined, 7_500],
    ['5000', 5_000],
    ['60000', 7_500],
    // An insert needs a second at least, so a shorter limit would refuse each event.
    ['1500', 2_000],
  ])('limits publishing to the smaller of %j and the server’s limit', async (timeoutMs, expected) => {
    const { publish, startedAt } = await call('events.publish', timeoutMs, event);
    const [, publication] = publish.mock.calls[0] ?? [];
    expect((publication?.deadline ?? 0) - startedAt).toBeCloseTo(expected, -2);
  });
});
