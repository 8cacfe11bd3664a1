import { createTocsinClient } from '@tocsin/client';
import { describe, expect, it } from 'vitest';
import { acceptAll, errorBody, httpDouble, json } from './http-double.ts';

const event = { appId: 'app_1', data: { licenseKey: 'k', status: 'revoked' } } as const;

describe('the option token', () => {
  it('is asked again after a 401, and the call is repeated with the new key', async () => {
    let key = 'tsk_old';
    await using server = await httpDouble((request, response) => {
      if (request.headers.authorization === 'Bearer tsk_new') return acceptAll(request, response);
      key = 'tsk_new';
      json(response, 401, errorBody('UNAUTHENTICATED', 401));
    });
    const tocsin = createTocsinClient({ url: server.url, token: async () => await Promise.resolve(key) });
    expect(await tocsin.safePublish('license.revoked', event)).toMatchObject({ ok: true });
    expect(server.seen).toHaveLength(2);
    await tocsin.close();
  });

  it('is asked at most once more, and a key that stays is not sent again', async () => {
    let asked = 0;
    await using server = await httpDouble((_request, response) =>
      json(response, 401, errorBody('UNAUTHENTICATED', 401)),
    );
    const rotating = createTocsinClient({ url: server.url, token: () => `tsk_${++asked}` });
    await expect(rotating.apps.list.query()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect([asked, server.seen.length]).toEqual([2, 2]);
    const fixed = createTocsinClient({ url: server.url, token: 'tsk_fixed' });
    await expect(fixed.apps.list.query()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(server.seen).toHaveLength(3);
  });

  it('that throws fails the call with a code of its own, and is not asked again', async () => {
    let asked = 0;
    const sealed = new Error('vault is sealed');
    const token = () => {
      asked += 1;
      throw sealed;
    };
    const tocsin = createTocsinClient({ url: 'http://127.0.0.1:4', token, retry: { baseDelayMs: 1 } });
    const outcome = await tocsin.safePublish('license.revoked', event);
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'TOKEN_UNAVAILABLE', cause: sealed, retryable: false, wasSent: false },
    });
    await expect(tocsin.apps.list.query()).rejects.toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    expect(asked).toBe(2);
  });

  it.each([
    ['a line end', 'tsk_SECRET\nx'],
    ['letters outside of Latin', 'tsk_SECRET\u0416'],
    ['a space', 'tsk_SECRET x'],
    ['nothing', ' '],
  ])('with %s is refused without a part of it in the message', async (_case, token) => {
    await using server = await httpDouble(acceptAll);
    const tocsin = createTocsinClient({ url: server.url, token: () => token });
    const error: unknown = await tocsin.publish('license.revoked', event).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    expect(String(error)).not.toContain('SECRET');
    expect(server.seen).toHaveLength(0);
  });

  it('that never resolves ends at the time limit of the attempt', async () => {
    const tocsin = createTocsinClient({
      url: 'http://127.0.0.1:4',
      token: async () => await new Promise<string>(() => {}),
      attemptTimeoutMs: 5,
      retry: { retries: 0 },
    });
    await expect(tocsin.apps.list.query()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('the option url', () => {
  it('may end in /trpc', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 200, { result: { data: {} } }),
    );
    await createTocsinClient({ url: `${server.url}/base/trpc/`, token: 'tsk_1' }).apps.list.query();
    expect(server.seen[0]?.url).toBe('/base/trpc/apps.list');
  });

  it('of a server that redirects is reported with the target, and the token stays here', async () => {
    await using target = await httpDouble(acceptAll);
    await using server = await httpDouble(
      (_request, response) =>
        void response.writeHead(308, { location: `${target.url}/login?session=SECRET` }).end(),
    );
    const tocsin = createTocsinClient({ url: server.url, token: 'tsk_1' });
    const outcome = await tocsin.safePublish('license.revoked', event);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'BAD_RESPONSE', retryable: false } });
    const message = outcome.ok ? '' : outcome.error.message;
    expect(message).toContain(`redirects to ${target.url} (status 308)`);
    expect(message).not.toContain('SECRET');
    expect([server.seen.length, target.seen.length]).toEqual([1, 0]);
  });
});

describe('a request', () => {
  it('names client and version, and says how long the client waits', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 200, { result: { data: {} } }),
    );
    const limited = { url: server.url, token: 'tsk_1', attemptTimeoutMs: 3_000 };
    await createTocsinClient(limited).apps.list.query();
    await createTocsinClient({ ...limited, timeoutMs: 2_000 }).apps.list.query();
    const endless = { attemptTimeoutMs: Number.POSITIVE_INFINITY, timeoutMs: Number.POSITIVE_INFINITY };
    await createTocsinClient({ ...limited, ...endless }).apps.list.query();
    const [byAttempt, byCall, none] = server.seen.map(({ headers }) => headers['tocsin-timeout-ms']);
    expect(byAttempt).toBe('3000');
    expect(Number(byCall)).toBeGreaterThan(0);
    expect(Number(byCall)).toBeLessThanOrEqual(2_000);
    expect(none).toBeUndefined();
    expect(server.seen[0]?.headers['user-agent']).toBe(`tocsin-client/0.1.0 node/${process.versions.node}`);
  });
});
