import { createTocsinClient } from '@tocsin/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { httpDouble, json, errorBody } from './http-double.ts';

const quick = { token: 'tsk_1', retry: { baseDelayMs: 1 } };
const patient = { timeout: 20_000 };

afterEach(() => {
  vi.useRealTimers();
});

describe('the procedures of the server', () => {
  it('are queries by GET with the input as JSON, and mutations by POST', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 200, { result: { data: { id: 'x' } } }),
    );
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    expect(await tocsin.webhooks.get.query({ id: 'wh_1' })).toEqual({ id: 'x' });
    await tocsin.webhooks.create.mutate({ appId: 'app_1', url: 'https://x.example', events: ['user.ban'] });
    await tocsin.webhooks.delete.mutate({ id: 'wh_1' });
    expect(server.seen.map(({ method, url, body }) => [method, decodeURIComponent(url), body])).toEqual([
      ['GET', '/trpc/webhooks.get?input={"id":"wh_1"}', ''],
      ['POST', '/trpc/webhooks.create', expect.stringMatching(/^\{"appId":"app_1","url":"https:.*\}$/)],
      ['POST', '/trpc/webhooks.delete', '{"id":"wh_1"}'],
    ]);
    await tocsin.close();
  });

  it('are retried if they change nothing, or the server reports that nothing changed', async () => {
    let failures = 0;
    await using server = await httpDouble(({ method }, response) => {
      if (failures++ % 2 === 0) json(response, method === 'GET' ? 500 : 503, errorBody('UNAVAILABLE', 503));
      else json(response, 200, { result: { data: null } });
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    await tocsin.webhooks.get.query({ id: 'wh_1' });
    await tocsin.webhooks.delete.mutate({ id: 'wh_1' });
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'POST']);
    await tocsin.close();
  });

  it('reject with the same errors as publishing', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 404, errorBody('NOT_FOUND', 404)),
    );
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    await expect(tocsin.webhooks.get.query({ id: 'wh_1' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      requestId: 'req-7',
    });
    await tocsin.close();
  });

  it('end at the overall time limit of attempts and delays', async () => {
    await using server = await httpDouble(() => undefined);
    const limits = { timeoutMs: 60_000, attemptTimeoutMs: 10_000 };
    const tocsin = createTocsinClient({ ...quick, url: server.url, ...limits });
    // The time of the client stands still while it waits for the server.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const error = tocsin.webhooks.get.query({ id: 'wh_1' }).catch((reason: unknown) => reason);
    for (const attempt of [1, 2]) {
      await vi.waitFor(() => expect(server.seen).toHaveLength(attempt), patient);
      vi.advanceTimersByTime(10_000);
    }
    await vi.waitFor(() => expect(server.seen).toHaveLength(3), patient);
    vi.advanceTimersByTime(60_000);
    expect(await error).toMatchObject({ code: 'TIMEOUT' });
    expect(server.seen).toHaveLength(3);
    await tocsin.close();
  });

  it('that return pages are iterated to the last one, a page at a time', async () => {
    const pages: Record<string, unknown> = {
      '{"appId":"app_1"}': { items: [{ id: 1 }, { id: 2 }], nextCursor: 'b' },
      '{"appId":"app_1","cursor":"b"}': { items: [], nextCursor: 'c' },
      '{"appId":"app_1","cursor":"c"}': { items: [{ id: 3 }], nextCursor: null },
    };
    await using server = await httpDouble(({ url }, response) => {
      const input = new URL(url, 'http://x').searchParams.get('input') ?? '';
      json(response, 200, { result: { data: pages[input] } });
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const ids: unknown[] = [];
    for await (const { id } of tocsin.deliveries.list.iterate({ appId: 'app_1' })) {
      if (ids.length === 0) expect(server.seen).toHaveLength(1);
      ids.push(id);
    }
    expect(ids).toEqual([1, 2, 3]);
    await tocsin.close();
  });

  it('are not called when the client is awaited or logged', async () => {
    const tocsin = createTocsinClient({ ...quick, url: 'http://127.0.0.1:1' });
    expect(await Promise.resolve(tocsin)).toBe(tocsin);
    expect(JSON.stringify({ tocsin })).toContain('tocsin');
    expect(String(Object.keys(tocsin))).toContain('publish');
  });
});
