import fastify, { type FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyReader } from '../../../server/src/transport/http/body-reader.ts';
import { authorizeApp } from '../../../server/src/transport/rest/authorize.ts';
import type { Services } from '../../../server/src/transport/services.ts';
import { registerTrpc } from '../../../server/src/transport/trpc/plugin.ts';
import { loginData } from '../../support/publishing.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const root = { kind: 'root' } as const;
const never = () => new Promise<never>(() => {});
const after =
  <T>(ms: number, value: T) =>
  () =>
    new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));

interface Given {
  readonly authenticate?: () => unknown;
  readonly take?: () => unknown;
  readonly requireApp?: () => unknown;
}

/** Services whose look-ups take as long as the test says. */
function servicesWith({ authenticate = () => root, take = () => {}, requireApp = () => 'acc_a' }: Given) {
  const publish = vi.fn(() => Promise.resolve({ id: 'evt_1', deliveries: 0 }));
  const services = {
    keys: { authenticate },
    limits: { publish: { take }, management: { take } },
    access: { requireApp, requireScope: () => {} },
    publish,
  };
  // `as`: the parts that a publish call uses.
  return { services: services as unknown as Services, publish };
}

/** Moves the fake clock until the promise is settled. Returns its result, and how long it took. */
async function timed<T>(work: Promise<T>): Promise<readonly [value: unknown, ms: number]> {
  const startedAt = performance.now();
  const settled = work
    .catch((error: unknown) => error)
    .then((value) => [value, performance.now() - startedAt] as const);
  for (;;) {
    const turn = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
    const result = await Promise.race([settled, turn]);
    if (result !== undefined) return result;
    await vi.advanceTimersByTimeAsync(50);
  }
}

describe('over REST, a publisher', () => {
  const authorize = (services: Services, limit: 'publish' | 'management') => {
    const request = { headers: {}, ip: '192.0.2.1', params: { appId: 'app_test' }, checkedMs: 0 };
    // `as`: the parts of a request that the hook reads.
    const hook = authorizeApp(
      services,
      'events:publish',
      limit,
    )(request as unknown as FastifyRequest<{ Params: { appId: string } }>);
    return { hook, request };
  };

  it.each([
    ['the key', { authenticate: never }],
    ['the rate limit', { take: never }],
    ['the app', { requireApp: never }],
    ['all three', { authenticate: after(4_000, root), take: after(4_000, undefined), requireApp: never }],
  ])('has an answer within 9 s while the look-up of %s hangs', async (_, given) => {
    const [error, ms] = await timed(authorize(servicesWith(given).services, 'publish').hook);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
    expect(ms).toBeLessThan(9_000);
  });

  it('has less time for the insert after slow look-ups', async () => {
    const { hook, request } = authorize(
      servicesWith({ authenticate: after(1_000, root), requireApp: after(2_000, 'acc_a') }).services,
      'publish',
    );
    await timed(hook);
    expect(request.checkedMs).toBeGreaterThanOrEqual(3_000);
    expect(request.checkedMs).toBeLessThan(3_500);
  });
});

describe('over tRPC, a publisher', () => {
  async function send(given: Given, path: string, input: object) {
    const { services, publish } = servicesWith(given);
    const app = fastify();
    app.decorateRequest('caller', undefined);
    app.decorateRequest('checkedMs', 0);
    const ignore = () => {};
    await registerTrpc(app, {
      services,
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      // `as`: a look-up that the test controls.
      authenticate: services.keys.authenticate as never,
      closing: new AbortController().signal,
      bodies: new BodyReader({ maxTotalBytes: 1e6, maxAccountBytes: 1e6 }),
      clients: { countCall: ignore },
    });
    const startedAt = performance.now();
    const [reply, ms] = await timed(app.inject({ method: 'POST', url: `/trpc/${path}`, payload: input }));
    await app.close();
    // `as`: what inject resolves to.
    return { reply: reply as { statusCode: number; body: string; headers: object }, ms, publish, startedAt };
  }

  const input = { appId: 'app_test', event: 'user.login', data: loginData };

  it.each([
    ['the key', { authenticate: never }],
    ['the rate limit', { take: never }],
    ['both', { authenticate: after(5_000, root), take: never }],
  ])('has an answer within 9 s while the look-up of %s hangs', async (_, given) => {
    for (const [path, body] of [
      ['events.publish', input],
      ['events.publishMany', { events: [input, input] }],
    ] as const) {
      const { reply, ms, publish } = await send(given, path, body);
      expect(reply.statusCode).toBe(503);
      expect(ms).toBeLessThan(9_000);
      expect(publish).not.toHaveBeenCalled();
    }
  });

  it('passes the same deadline to all events of a call, less the time of slow look-ups', async () => {
    const { publish, startedAt } = await send({ authenticate: after(2_000, root) }, 'events.publishMany', {
      events: [input, input],
    });
    const deadlines = publish.mock.calls.map((call: unknown[]) => (call[1] as { deadline: number }).deadline);
    expect(deadlines).toHaveLength(2);
    expect(new Set(deadlines).size).toBe(1);
    expect((deadlines[0] ?? 0) - startedAt).toBeLessThan(9_000);
    expect((deadlines[0] ?? 0) - startedAt).toBeGreaterThan(7_000);
  });
});
