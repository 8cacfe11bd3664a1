import { createTocsinClient } from '@tocsin/client';
import { verify } from '@tocsin/client/receiver';
import { tocsinLink, type AppRouter } from '@tocsin/client/trpc';
import { createTRPCClient } from '@trpc/client';
import { describe, expect, it } from 'vitest';
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
});
