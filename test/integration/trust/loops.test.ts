import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealHeaders } from '../../../server/src/domain/webhook-endpoint.ts';
import { createSecretBox } from '../../../server/src/services/webhooks/secret-box.ts';
import { startTestApp } from '../../support/app.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

const marker = 'x-tocsin-delivery';
const receiver = useReceiver();
const encryptionKey = randomBytes(32);
const app = useTestApp({
  env: { RETRY_SCHEDULE: '1h', ENCRYPTION_KEY: encryptionKey.toString('base64') },
});

const login = { event: 'user.login', data: loginData };

/** A webhook of the app, and an event to it. */
async function publishTo(url: string, options: Record<string, unknown> = {}) {
  const appId = await app.createApp();
  const { id } = await app.call('webhooks.create', { appId, url, events: ['user.login'], ...options });
  const { id: eventId } = await app.call('events.publish', { appId, ...login });
  return { appId, webhookId: id, eventId };
}

describe('a delivery', () => {
  it.each(['authon', 'authforge', 'standard'] as const)(
    'carries the mark of its installation with the profile %s, which a custom header cannot replace',
    async (profile) => {
      const before = receiver.requests.length;
      const { webhookId } = await publishTo(receiver.url, { profile });
      await app.call('webhooks.test', { id: webhookId });
      await receiver.waitFor(before + 2);
      const installation = await app.db.collection('installation').findOne();
      for (const { headers } of receiver.requests.slice(before)) {
        expect(headers[marker]).toBe(`${installation?.['id']}; depth=1`);
      }
      const custom = await app.trpc('webhooks.update', {
        id: webhookId,
        headers: { 'X-Tocsin-Delivery': '' },
      });
      expect(custom.error?.data.tocsin.code).toBe('INVALID_INPUT');
    },
  );

  it('of a webhook that was stored with the header before it was reserved carries the real mark', async () => {
    const appId = await app.createApp();
    const { id } = await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
    await app.db
      .collection<{ _id: string }>('webhooks')
      .updateOne(
        { _id: id },
        { $set: { headers: sealHeaders(createSecretBox(encryptionKey), id, { [marker]: 'none' }) } },
      );
    const before = receiver.requests.length;
    await app.call('events.publish', { appId, ...login });
    await receiver.waitFor(before + 1);
    expect(receiver.requests.at(-1)?.headers[marker]).toMatch(/^ins_[0-9a-f]{16}; depth=1$/);
  });

  it('has the same mark after a restart and in every process', async () => {
    const database = `test_${randomBytes(8).toString('hex')}`;
    const idsOf = async () => {
      await using first = await startTestApp({ database });
      await using second = await startTestApp({ database });
      return await Promise.all(
        [first, second].map(async ({ db }) => await db.collection('installation').find().toArray()),
      );
    };
    const [ids, again] = [await idsOf(), await idsOf()];
    expect(ids[0]).toHaveLength(1);
    expect([ids[1], again[0], again[1]]).toEqual([ids[0], ids[0], ids[0]]);
  });
});

describe('a webhook that points to a Tocsin server', () => {
  it('publishes nothing, and its delivery shows the reason', async () => {
    const { key } = await app.createKey();
    const appId = await app.createApp();
    await app.call('webhooks.create', {
      appId,
      url: `${app.url}/v1/apps/${appId}/events`,
      events: ['user.login'],
      profile: 'authon',
      headers: { authorization: `Bearer ${key}` },
    });
    await app.call('events.publish', { appId, ...login });
    const attempts = async () => {
      const [delivery] = (await app.call('deliveries.list', { appId })).items;
      return delivery === undefined ? [] : (await app.call('deliveries.get', { id: delivery.id })).attempts;
    };
    await expect
      .poll(attempts)
      .toMatchObject([
        { statusCode: 403, reply: expect.stringContaining('must not point to a Tocsin server') as unknown },
      ]);
    expect((await app.call('events.list', { appId })).items).toHaveLength(1);
  });

  it('reaches another installation neither', async () => {
    await using other = await startTestApp();
    const appId = await other.createApp();
    const before = receiver.requests.length;
    await publishTo(`${other.url}/v1/apps/${appId}/events`, {
      profile: 'authon',
      headers: { authorization: `Bearer ${other.rootToken}` },
    });
    await publishTo(receiver.url);
    await receiver.waitFor(before + 1);
    expect((await other.call('events.list', { appId })).items).toEqual([]);
  });
});

describe('a request with the mark of a delivery', () => {
  const headers = { [marker]: 'ins_0123456789abcdef; depth=1' };

  it.each([
    ['POST', '/v1/apps/x/events'],
    ['POST', '/v1/apps/x/webhooks'],
    ['PUT', '/v1/apps/x/webhooks/wh_1'],
    ['DELETE', '/v1/apps/x/webhooks/wh_1'],
    ['POST', '/v1/admin/apps/x/webhooks'],
    ['POST', '/trpc/keys.create'],
    ['POST', '/trpc/keys.create,apps.create?batch=1'],
    ['POST', '/session'],
    ['DELETE', '/session'],
    ['POST', '/nothing'],
    ['PATCH', '/healthz'],
  ])('is refused: %s %s', async (method, path) => {
    const { status, text } = await app.rest(method, path, method === 'DELETE' ? undefined : {}, { headers });
    expect([status, text]).toEqual([
      403,
      expect.stringContaining('a webhook must not point to a Tocsin server'),
    ]);
  });

  it('is answered if it only reads', async () => {
    expect((await app.rest('GET', '/healthz', undefined, { headers })).status).toBe(200);
    expect((await app.trpc('apps.list', {}, { headers })).status).toBe(200);
  });
});
