import { describe, expect, it, vi } from 'vitest';
import { createPing, type PingDeps } from '../../../../server/src/delivery/attempt/ping.ts';
import type { OutgoingRequest } from '../../../../server/src/domain/ports/sending.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';
import { aWebhook, anEvent } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const ok: SendResult = {
  kind: 'answered',
  statusCode: 200,
  retryAfter: undefined,
  headers: {},
  durationMs: 5,
  reply: 'the secret is thanks',
};

/** A ping of a receiver that takes 5 ms. Replies lose the word `secret`. */
function aScene(sent: SendResult, factory: object = {}, change: Partial<PingDeps> = {}) {
  const clock = new FakeClock();
  const requests: OutgoingRequest[] = [];
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const ping = createPing({
    sender: {
      send: (request) => {
        requests.push(request);
        clock.advance(5);
        return Promise.resolve(sent);
      },
      close: () => Promise.resolve(),
    },
    // `as`: a factory of requests, of which only these are used.
    getRequestFactory: () =>
      ({
        format: 'json',
        createRequest: (...request: unknown[]) =>
          Object.assign(request, { origin: 'http://127.0.0.1:9', path: '/', headers: {}, body: '' }),
        redact: (result: SendResult) =>
          result.kind === 'answered' ? { ...result, reply: result.reply.replace('secret', '***') } : result,
        ...factory,
      }) as never,
    clock,
    log,
    deliveryTimeoutMs: 10_000,
    ...change,
  });
  return { ping, clock, requests, log };
}

describe('a test ping', () => {
  const event = anEvent();

  it('sends the event once, and shows what a delivery would', async () => {
    const { ping, clock, requests } = aScene(ok);
    const at = clock.now();
    const attempt = await ping(aWebhook(), event);
    const reply = 'the *** is thanks';
    expect(attempt).toEqual({ at, durationMs: 5, statusCode: 200, reason: null, reply });
    expect(requests).toMatchObject([{ 0: event, 1: at, 2: 10_000 }]);
  });

  it('shows why it was rejected', async () => {
    const { ping } = aScene({ ...ok, statusCode: 302 });
    expect(await ping(aWebhook(), event)).toMatchObject({ statusCode: 302, reason: 'redirect' });
  });

  it('has neither status nor reply without a response', async () => {
    const { ping } = aScene({ kind: 'unanswered', reason: 'timeout', detail: 'x', durationMs: 5 });
    expect(await ping(aWebhook(), event)).toMatchObject({ statusCode: null, reason: 'timeout', reply: '' });
  });

  it('obeys the limits of a chat service, so that deliveries do', async () => {
    const applyLimits = vi.fn();
    const { ping, clock } = aScene(ok, { applyLimits });
    await ping(aWebhook(), event);
    expect(applyLimits).toHaveBeenCalledExactlyOnceWith(ok, clock.now());
  });

  it('fails as a delivery does if a credential of the webhook does not decrypt', async () => {
    const broken = new Error('does not decrypt');
    const { ping, clock, requests, log } = aScene(
      ok,
      {},
      {
        getRequestFactory: () => {
          throw broken;
        },
      },
    );
    const webhook = aWebhook();
    const at = clock.now();
    const reason = 'internal_error';
    expect(await ping(webhook, event)).toEqual({ at, durationMs: 0, statusCode: null, reason, reply: '' });
    expect(requests).toEqual([]);
    expect(log.error).toHaveBeenCalledWith({ err: broken, webhookId: webhook.id }, expect.any(String));
  });
});
