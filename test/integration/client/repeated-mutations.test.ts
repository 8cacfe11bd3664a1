import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { createTRPCClient } from '@trpc/client';
import { createTocsinClient } from '@tocsin/client';
import { tocsinLink, type AppRouter } from '@tocsin/client/trpc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errorBody, httpDouble, json, type HttpDouble, type SeenRequest } from './http-double.ts';

const quick = { token: 'tsk_1', retry: { baseDelayMs: 1, retries: 3 } };
const webhook = { appId: 'app_1', url: 'https://x.example', events: ['user.ban' as const] };

/** Fails the first request, and accepts the others. */
async function failingOnce(fail: (response: ServerResponse) => void): Promise<HttpDouble> {
  let isFirst = true;
  return await httpDouble((_request, response) => {
    if (isFirst) fail(response);
    else json(response, 200, { result: { data: { id: 'x' } } });
    isFirst = false;
  });
}

const lost = (response: ServerResponse) => void response.destroy();
const gateway = (status: number) => (response: ServerResponse) =>
  void response.writeHead(status).end('upstream connect error');

function getKeys(seen: readonly SeenRequest[]): unknown[] {
  return seen.map(({ body }) => (JSON.parse(body) as { idempotencyKey?: string }).idempotencyKey);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a mutation whose input has an idempotency key', () => {
  it('gets one, and is repeated with it after a lost response', async () => {
    await using server = await failingOnce(lost);
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    expect(await tocsin.webhooks.create.mutate(webhook)).toEqual({ id: 'x' });
    await tocsin.webhooks.rotateSecret.mutate({ id: 'wh_1' });
    const [first, second, other] = getKeys(server.seen);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('is repeated when an attempt takes too long', async () => {
    await using server = await failingOnce(() => undefined);
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const call = tocsin.apps.create.mutate({ name: 'An app' });
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    expect(await call).toEqual({ id: 'x' });
    expect(new Set(getKeys(server.seen)).size).toBe(1);
  });

  it.each([502, 503, 504])('is sent once if a proxy answers %i', async (status) => {
    await using server = await failingOnce(gateway(status));
    const call = createTocsinClient({ ...quick, url: server.url }).webhooks.rotateSecret.mutate({
      id: 'wh_1',
    });
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true, httpStatus: status });
    expect(server.seen).toHaveLength(1);
  });

  it('is repeated after the error of a proxy if the key is the caller’s', async () => {
    await using server = await failingOnce(gateway(503));
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    await tocsin.webhooks.create.mutate({ ...webhook, idempotencyKey: 'mine' });
    expect(getKeys(server.seen)).toEqual(['mine', 'mine']);
  });

  it('is repeated over tocsinLink as well', async () => {
    await using server = await failingOnce(lost);
    const trpc = createTRPCClient<AppRouter>({ links: [tocsinLink({ ...quick, url: server.url })] });
    await trpc.webhooks.create.mutate(webhook);
    const keys = getKeys(server.seen);
    expect(keys).toEqual([expect.any(String), keys[0]]);
  });
});

describe('a mutation without a key', () => {
  it.each([
    ['a proxy answers 503', gateway(503)],
    ['a proxy limits the rate', gateway(429)],
    ['the response is lost', lost],
  ])('is sent once if %s', async (_case, fail) => {
    await using server = await failingOnce(fail);
    const call = createTocsinClient({ ...quick, url: server.url }).webhooks.update.mutate({ id: 'wh_1' });
    await expect(call).rejects.toMatchObject({ retryable: true, wasSent: true });
    expect(server.seen).toHaveLength(1);
    expect(getKeys(server.seen)).toEqual([undefined]);
  });

  it('is repeated if the server asks for it', async () => {
    await using server = await failingOnce((response) => json(response, 503, errorBody('UNAVAILABLE', 503)));
    await createTocsinClient({ ...quick, url: server.url }).webhooks.delete.mutate({ id: 'wh_1' });
    expect(server.seen).toHaveLength(2);
  });

  it('is repeated if the connection was refused', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const address = free.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => free.close(resolve));
    let attempts = 0;
    const counting: typeof fetch = async (...args) => {
      attempts += 1;
      return await fetch(...args);
    };
    const url = `http://127.0.0.1:${port}`;
    const call = createTocsinClient({ ...quick, url, fetch: counting }).webhooks.delete.mutate({
      id: 'wh_1',
    });
    await expect(call).rejects.toMatchObject({ code: 'NETWORK', wasSent: false });
    expect(attempts).toBe(4);
  });
});
