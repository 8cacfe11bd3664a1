import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';
import { Receiver } from '../../support/receiver.ts';

const app = useTestApp();

const instant = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

interface Created {
  readonly webhookId: string;
  readonly secret: string;
  readonly createdAt: string;
}

async function create(appId: string, change: Record<string, unknown> = {}): Promise<Created> {
  const body = { url: 'http://127.0.0.1:9/hook', events: ['license.created'], ...change };
  const { status, json } = await app.rest('POST', `/v1/apps/${appId}/webhooks`, body);
  expect(status).toBe(201);
  return json as Created;
}

describe("AuthForge's contract", () => {
  it('returns 201 with exactly its seven fields, in this order, for a new webhook', async () => {
    const appId = await app.createApp();
    const answer = await app.rest('POST', `/v1/apps/${appId}/webhooks`, {
      url: 'https://203.0.113.7/webhook',
      events: ['license.validated', 'license.revoked'],
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.text).toMatch(
      new RegExp(
        `^\\{"webhookId":"wh_[0-9a-f]{12}","appId":"${appId}","url":"https://203\\.0\\.113\\.7/webhook",` +
          '"events":\\["license\\.validated","license\\.revoked"\\],"enabled":true,' +
          `"secret":"whsec_[0-9a-f]{32}","createdAt":"${instant}"\\}$`,
      ),
    );
  });

  it('lists webhooks with their seven fields in order, without a secret or a cursor', async () => {
    const appId = await app.createApp();
    const first = await create(appId);
    const second = await create(appId, { enabled: false });
    const answer = await app.rest('GET', `/v1/apps/${appId}/webhooks`);
    const shown = (webhook: Created, enabled: boolean) =>
      `{"webhookId":"${webhook.webhookId}","appId":"${appId}","url":"http://127.0.0.1:9/hook",` +
      `"events":["license.created"],"enabled":${enabled},"lastDeliveryAt":null,"createdAt":"${webhook.createdAt}"}`;
    expect([answer.status, answer.text]).toEqual([
      200,
      `{"webhooks":[${shown(first, true)},${shown(second, false)}]}`,
    ]);
  });

  it('lists an app without webhooks as an empty array', async () => {
    const appId = await app.createApp();
    expect((await app.rest('GET', `/v1/apps/${appId}/webhooks`)).text).toBe('{"webhooks":[]}');
  });

  it('returns the time of the last delivery of a webhook', async () => {
    await using receiver = await Receiver.start();
    const appId = await app.createApp();
    await create(appId, { url: receiver.url, events: ['license.revoked'] });
    await app.call('events.publish', {
      appId,
      event: 'license.revoked',
      data: { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'revoked' },
    });
    await receiver.waitFor(1);
    const lastDeliveryAt = async () => {
      const { json } = await app.rest('GET', `/v1/apps/${appId}/webhooks`);
      return (json as { webhooks: { lastDeliveryAt: string | null }[] }).webhooks[0]?.lastDeliveryAt;
    };
    await expect.poll(lastDeliveryAt).toMatch(new RegExp(`^${instant}$`));
  });

  it.each([
    ['url', { url: 'http://127.0.0.1:9/other' }],
    ['events', { events: ['license.deleted', 'license.deleted', 'license.revoked'] }],
    ['enabled', { enabled: false }],
  ])(
    'changes only %s when only that is given, and answers the webhook as in a list',
    async (_name, change) => {
      const appId = await app.createApp();
      const { webhookId, createdAt } = await create(appId);
      const answer = await app.rest('PUT', `/v1/apps/${appId}/webhooks/${webhookId}`, change);
      const after = {
        webhookId,
        appId,
        url: 'http://127.0.0.1:9/hook',
        events: ['license.created'],
        enabled: true,
        lastDeliveryAt: null,
        createdAt,
        ...change,
      };
      const expected = { ...after, events: [...new Set(after.events)] };
      expect([answer.status, answer.text]).toEqual([200, JSON.stringify(expected)]);
      const list = await app.rest('GET', `/v1/apps/${appId}/webhooks`);
      expect(list.json).toEqual({ webhooks: [expected] });
    },
  );

  it('sends nothing while a webhook is disabled by an update, and again after it is enabled', async () => {
    await using receiver = await Receiver.start();
    const appId = await app.createApp();
    const { webhookId } = await create(appId, { url: receiver.url });
    const path = `/v1/apps/${appId}/webhooks/${webhookId}`;
    const publish = async (label: string) =>
      await app.call('events.publish', {
        appId,
        event: 'license.created',
        data: { licenseKey: 'K', status: 'active', expiresAt: null, maxHwidSlots: 1, label },
      });
    await app.rest('PUT', path, { enabled: false });
    expect((await publish('unsent')).deliveries).toBe(0);
    await app.rest('PUT', path, { enabled: true });
    expect((await publish('sent')).deliveries).toBe(1);
    await receiver.waitFor(1);
    expect(
      receiver.requests.map(({ text }) => (JSON.parse(text) as { data: { label: string } }).data.label),
    ).toEqual(['sent']);
  });

  it('deletes a webhook, which is then unknown', async () => {
    const appId = await app.createApp();
    const { webhookId } = await create(appId);
    const path = `/v1/apps/${appId}/webhooks/${webhookId}`;
    const answer = await app.rest('DELETE', path);
    expect([answer.status, answer.text]).toEqual([200, `{"webhookId":"${webhookId}","deleted":true}`]);
    const refused = [404, `{"error":"not_found","message":"app ${appId} has no webhook ${webhookId}"}`];
    for (const [method, suffix, body] of [
      ['DELETE', '', undefined],
      ['PUT', '', { enabled: true }],
      ['POST', '/test', undefined],
    ] as const) {
      const again = await app.rest(method, path + suffix, body);
      expect([again.status, again.text]).toEqual(refused);
    }
  });

  it('sends test.ping with sample data and a valid signature, and returns the response', async () => {
    await using receiver = await Receiver.start({ answer: 204 });
    const appId = await app.createApp();
    const { webhookId, secret } = await create(appId, { url: receiver.url });
    const answer = await app.rest('POST', `/v1/apps/${appId}/webhooks/${webhookId}/test`);
    expect([answer.status, answer.text]).toEqual([200, '{"success":true,"statusCode":204}']);
    expect(receiver.requests).toHaveLength(1);
    const ping = receiver.requests[0];
    if (ping === undefined) throw new Error('unreachable');
    expect(ping.text).toMatch(
      new RegExp(
        `^\\{"event":"test\\.ping","timestamp":"${instant}",` +
          `"data":\\{"licenseKey":"TEST-TEST-TEST-TEST","appId":"${appId}","message":"[^"]+"\\}\\}$`,
      ),
    );
    const { timestamp } = JSON.parse(ping.text) as { timestamp: string };
    expect(ping.headers).toMatchObject({
      'content-type': 'application/json',
      'x-authforge-event': 'test.ping',
      'x-authforge-timestamp': timestamp,
      'x-authforge-signature': `sha256=${createHmac('sha256', secret).update(ping.body).digest('hex')}`,
    });
    expect(ping.rawHeaders.join('\n') + ping.text).not.toContain(secret);
    expect(ping.headers['x-webhook-secret']).toBeUndefined();
  });

  it.each([
    ['a failure status', 418, 418],
    ['a broken connection', 'reset', null],
  ] as const)('returns success: false for a test that met %s', async (_name, met, statusCode) => {
    await using receiver = await Receiver.start({ answer: met });
    const appId = await app.createApp();
    const { webhookId } = await create(appId, { url: receiver.url });
    const answer = await app.rest('POST', `/v1/apps/${appId}/webhooks/${webhookId}/test`);
    expect([answer.status, answer.text]).toEqual([200, `{"success":false,"statusCode":${statusCode}}`]);
  });
});

describe("AuthForge's limit of five webhooks an app", () => {
  const body = { url: 'http://127.0.0.1:9/hook', events: ['license.created'] };

  it('rejects the sixth, and counts each app separately', async () => {
    const [appId, other] = [await app.createApp(), await app.createApp()];
    for (let count = 0; count < 5; count++) await create(appId);
    const before = await app.fingerprint();
    const answer = await app.rest('POST', `/v1/apps/${appId}/webhooks`, body);
    expect([answer.status, answer.text]).toEqual([
      400,
      `{"error":"bad_request","message":"app ${appId} already has its 5 webhooks"}`,
    ]);
    expect(await app.fingerprint()).toEqual(before);
    await create(other);
  });

  it('counts neither the webhooks of the other mount nor those made over tRPC', async () => {
    const appId = await app.createApp();
    for (let count = 0; count < 3; count++) {
      await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, { ...body, events: ['user.login'] });
      await app.call('webhooks.create', { appId, ...body });
    }
    for (let count = 0; count < 5; count++) await create(appId);
    expect((await app.rest('POST', `/v1/apps/${appId}/webhooks`, body)).status).toBe(400);
  });

  it('gives the place of a deleted webhook to the next one', async () => {
    const appId = await app.createApp();
    const made = [];
    for (let count = 0; count < 5; count++) made.push(await create(appId));
    await app.rest('DELETE', `/v1/apps/${appId}/webhooks/${made[2]?.webhookId}`);
    await create(appId);
    expect((await app.rest('POST', `/v1/apps/${appId}/webhooks`, body)).status).toBe(400);
  });

  it('holds when ten creations race, in each of eight apps', async () => {
    for (let round = 0; round < 8; round++) {
      const appId = await app.createApp();
      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => await app.rest('POST', `/v1/apps/${appId}/webhooks`, body)),
      );
      const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
      expect(statuses).toEqual([201, 201, 201, 201, 201, 400, 400, 400, 400, 400]);
      expect(await app.db.collection('webhooks').countDocuments({ appId })).toBe(5);
    }
  });
});
