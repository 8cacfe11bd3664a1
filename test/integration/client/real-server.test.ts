import { createTocsinClient } from '@tocsin/client';
import { verify } from '@tocsin/client/receiver';
import { tocsinLink, type AppRouter } from '@tocsin/client/trpc';
import { createTRPCClient } from '@trpc/client';
import { describe, expect, it } from 'vitest';
import { version } from '../../../server/src/version.ts';
import { startTestApp } from '../../support/app.ts';
import { Receiver } from '../../support/receiver.ts';

const licenseKey = 'A3K9-BFWX-7NP2-QHDT';

describe('the client and the server', () => {
  it.each(['standard', 'authforge', 'authon'] as const)(
    'bring an event from publish to verify, in the profile %s',
    async (profile) => {
      await using app = await startTestApp();
      await using receiver = await Receiver.start();
      const tocsin = createTocsinClient({ url: app.url, token: app.rootToken });
      const { id: appId } = await tocsin.apps.create.mutate({ name: 'An app' });
      const events = ['license.revoked' as const];
      const { secret } = await tocsin.webhooks.create.mutate({ appId, url: receiver.url, events, profile });

      const published = await tocsin.publish('license.revoked', {
        appId,
        data: { licenseKey, status: 'revoked' },
      });
      expect(published.deliveries).toBe(1);
      const [request] = await receiver.waitFor(1);
      if (request === undefined) throw new Error('nothing was delivered');
      expect(await verify(request, { secret, profile })).toMatchObject({
        type: 'license.revoked',
        id: published.id,
        data: { licenseKey, status: 'revoked', appId },
      });
      await tocsin.close();
    },
  );

  it('verify with the public key alone when the webhook signs with ed25519', async () => {
    await using app = await startTestApp();
    await using receiver = await Receiver.start();
    const tocsin = createTocsinClient({ url: app.url, token: app.rootToken });
    const { id: appId } = await tocsin.apps.create.mutate({ name: 'An app' });
    const { publicKey } = await tocsin.webhooks.create.mutate({
      appId,
      url: receiver.url,
      events: ['license.revoked'],
      signing: 'ed25519',
    });
    await tocsin.publish('license.revoked', { appId, data: { licenseKey, status: 'revoked' } });
    const [request] = await receiver.waitFor(1);
    if (request === undefined || publicKey === null) throw new Error('nothing to verify');
    expect((await verify(request, { secret: publicKey })).type).toBe('license.revoked');
    await tocsin.close();
  });

  it('name each wrong field of an input', async () => {
    await using app = await startTestApp();
    const tocsin = createTocsinClient({ url: app.url, token: app.rootToken });
    const problems = [
      { path: 'name', message: 'is missing; it must be a string' },
      { path: 'color', message: expect.stringMatching(/^unknown field/) as unknown },
    ];
    // @ts-expect-error: the name is missing, and color is unknown
    const create = tocsin.apps.create.mutate({ color: 'red' });
    await expect(create).rejects.toMatchObject({ code: 'INVALID_INPUT', problems });
    const trpc = createTRPCClient<AppRouter>({
      links: [tocsinLink({ url: app.url, token: app.rootToken })],
    });
    // @ts-expect-error: the name is missing, and color is unknown
    const createOverTrpc = trpc.apps.create.mutate({ color: 'red' });
    await expect(createOverTrpc).rejects.toMatchObject({ data: { tocsin: { errors: problems } } });
    await tocsin.close();
  });

  it('store a thousand concurrent events once each, and return to each caller its own', async () => {
    await using app = await startTestApp();
    const tocsin = createTocsinClient({ url: app.url, token: app.rootToken });
    const { id: appId } = await tocsin.apps.create.mutate({ name: 'An app' });
    const published = await Promise.all(
      Array.from({ length: 1000 }, (_, n) =>
        tocsin.publish('license.revoked', { appId, data: { licenseKey: `key-${n}`, status: 'revoked' } }),
      ),
    );
    const stored = new Map<string, unknown>();
    for await (const { id, data } of tocsin.events.list.iterate({ appId, limit: 200 }))
      stored.set(id, data['licenseKey']);
    expect(stored.size).toBe(1000);
    expect(published.map(({ id }) => stored.get(id))).toEqual(published.map((_, n) => `key-${n}`));
    await tocsin.close();
  });

  it('return the first event for a repeated key, and errors with their codes', async () => {
    await using app = await startTestApp();
    const tocsin = createTocsinClient({ url: app.url, token: app.rootToken });
    const { id: appId } = await tocsin.apps.create.mutate({ name: 'An app' });
    const event = { appId, data: { licenseKey, status: 'revoked' as const }, idempotencyKey: 'revoke-1' };
    const first = await tocsin.publish('license.revoked', event);
    expect(await tocsin.publish('license.revoked', event)).toEqual(first);
    const other = { ...event, data: { ...event.data, status: 'active' as const } };
    expect(await tocsin.safePublish('license.revoked', other)).toMatchObject({
      ok: false,
      error: { code: 'IDEMPOTENCY_CONFLICT', retryable: false, requestId: expect.any(String) as string },
    });
    const unauthorized = createTocsinClient({ url: app.url, token: 'tsk_unknown' });
    await expect(unauthorized.publish('license.revoked', event)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      httpStatus: 401,
    });
    await expect(tocsin.events.get.query({ id: 'nonsense' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await Promise.all([tocsin.close(), unauthorized.close()]);
  });

  it('make one webhook, and rotate its secret once, although each response is lost', async () => {
    await using app = await startTestApp();
    await using receiver = await Receiver.start();
    const lost = new Set<string>();
    const tocsin = createTocsinClient({
      url: app.url,
      token: app.rootToken,
      retry: { baseDelayMs: 1 },
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (lost.has(url) || init.method === 'GET') return response;
        lost.add(url);
        // The server has done its work.
        await response.text();
        throw new TypeError('fetch failed');
      },
    });
    const { id: appId } = await tocsin.apps.create.mutate({ name: 'An app' });
    const { id, secret } = await tocsin.webhooks.create.mutate({
      appId,
      url: receiver.url,
      events: ['license.revoked'],
      profile: 'standard',
    });
    const rotated = await tocsin.webhooks.rotateSecret.mutate({ id, overlapHours: 1 });
    expect(lost.size).toBe(3);
    expect((await tocsin.apps.list.query()).items).toHaveLength(1);
    expect((await tocsin.webhooks.list.query({ appId })).items).toHaveLength(1);
    const { items: entries } = await tocsin.auditLog.list.query({ appId });
    expect(entries.map(({ action }) => action).toSorted()).toEqual([
      'app.created',
      'webhook.created',
      'webhook.secret_rotated',
    ]);

    await tocsin.publish('license.revoked', { appId, data: { licenseKey, status: 'revoked' } });
    const [request] = await receiver.waitFor(1);
    if (request === undefined) throw new Error('nothing was delivered');
    // The secret of before is still in its overlap, so it was replaced once.
    for (const each of [secret, rotated.secret]) {
      expect(await verify(request, { secret: each })).toMatchObject({ type: 'license.revoked' });
    }
    await tocsin.close();
  });

  it('let operators see the version that calls, and keep the time limits of callers', async () => {
    await using app = await startTestApp();
    const tocsin = createTocsinClient({ url: app.url, token: app.rootToken, attemptTimeoutMs: 900 });
    const { id: appId } = await tocsin.apps.create.mutate({ name: 'An app' });
    await tocsin.publish('license.revoked', { appId, data: { licenseKey, status: 'revoked' } });
    const expired = { headers: { 'tocsin-timeout-ms': '0' } };
    expect((await app.trpc('apps.list', undefined, expired)).status).toBe(503);
    expect((await app.rest('GET', '/api/v1/apps', undefined, expired)).status).toBe(503);
    const { text } = await app.rest('GET', '/metrics');
    expect(text).toContain(`tocsin_client_calls_total{client="tocsin-client",version="${version}"} 2`);
    expect(text).toContain('tocsin_client_calls_total{client="other",version=""} 1');
    await tocsin.close();
  });
});
