import { describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';
import { Receiver } from '../../support/receiver.ts';

const app = useTestApp();

const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

/** Creates a webhook over the contract. Returns its id and secret. */
async function create(appId: string, change: Record<string, unknown> = {}) {
  const body = { url: 'http://127.0.0.1:9/hook', events: ['user.login'], ...change };
  const { status, json } = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, body);
  expect(status).toBe(201);
  const { data } = json as { data: { id: string; secret: string } };
  return data;
}

describe("Authon's contract", () => {
  it('returns 201 with exactly id, url, events and secret, in this order, for a new webhook', async () => {
    const appId = await app.createApp();
    const answer = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, {
      url: 'https://203.0.113.7/webhook',
      events: ['user.login', 'user.register', 'license.activate'],
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.text).toMatch(
      new RegExp(
        '^\\{"success":true,"data":\\{"id":"wh_[0-9a-f]{12}","url":"https://203\\.0\\.113\\.7/webhook",' +
          '"events":\\["user\\.login","user\\.register","license\\.activate"\\],"secret":"whsec_[0-9a-f]{32}"\\}\\}$',
      ),
    );
  });

  it('lists webhooks oldest first as an array in the envelope, without a secret', async () => {
    const appId = await app.createApp();
    const first = await create(appId);
    const second = await create(appId, { enabled: false, events: ['user.ban', 'file.download'] });
    const answer = await app.rest('GET', `/v1/admin/apps/${appId}/webhooks`);
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(
      new RegExp(
        `^\\{"success":true,"data":\\[\\{"id":"${first.id}","url":"http://127\\.0\\.0\\.1:9/hook",` +
          `"events":\\["user\\.login"\\],"enabled":true,"createdAt":"${instant.source}"\\},` +
          `\\{"id":"${second.id}","url":"http://127\\.0\\.0\\.1:9/hook",` +
          `"events":\\["user\\.ban","file\\.download"\\],"enabled":false,"createdAt":"${instant.source}"\\}\\]\\}$`,
      ),
    );
    expect(answer.text).not.toContain('whsec_');
  });

  it('lists an app without webhooks as an empty array', async () => {
    const appId = await app.createApp();
    const answer = await app.rest('GET', `/v1/admin/apps/${appId}/webhooks`);
    expect(answer.text).toBe('{"success":true,"data":[]}');
  });

  it('deletes a webhook, which is then unknown', async () => {
    const appId = await app.createApp();
    const { id } = await create(appId);
    const path = `/v1/admin/apps/${appId}/webhooks/${id}`;
    const answer = await app.rest('DELETE', path);
    expect([answer.status, answer.text]).toEqual([
      200,
      `{"success":true,"data":{"id":"${id}","deleted":true}}`,
    ]);
    const again = await app.rest('DELETE', path);
    expect([again.status, again.text]).toEqual([
      404,
      `{"success":false,"error":"not_found","message":"app ${appId} has no webhook ${id}"}`,
    ]);
    expect((await app.rest('GET', `/v1/admin/apps/${appId}/webhooks`)).text).toBe(
      '{"success":true,"data":[]}',
    );
  });

  it('sends the documented test ping and headers, and returns the response', async () => {
    await using receiver = await Receiver.start({ answer: 202 });
    const appId = await app.createApp();
    const { id, secret } = await create(appId, { url: receiver.url });
    const answer = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks/${id}/test`);
    expect([answer.status, answer.text]).toEqual([
      200,
      '{"success":true,"data":{"delivered":true,"statusCode":202}}',
    ]);
    expect(receiver.requests).toHaveLength(1);
    const [ping] = receiver.requests;
    expect(ping?.method).toBe('POST');
    expect(ping?.path).toBe('/hook');
    expect(ping?.text).toMatch(
      new RegExp(
        `^\\{"event":"test","timestamp":"${instant.source}","data":\\{"message":"This is a test ping from Authon",` +
          `"appId":"${appId}","webhookId":"${id}"\\}\\}$`,
      ),
    );
    expect(ping?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-webhook-secret': secret,
      'x-webhook-event': 'test',
      'user-agent': 'Authon-Webhook/1.0',
      'content-length': String(ping?.body.length),
    });
    expect(ping?.headers['webhook-id']).toMatch(/^evt_/);
  });

  it.each([
    ['a failure status', 503, 503],
    ['a redirect, which is not followed', { status: 302, headers: { location: '/elsewhere' } }, 302],
    ['a broken connection', 'reset', null],
  ] as const)('returns delivered: false for a test that met %s, once', async (_name, met, statusCode) => {
    await using receiver = await Receiver.start({ answer: met });
    const appId = await app.createApp();
    const { id } = await create(appId, { url: receiver.url });
    const answer = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks/${id}/test`);
    expect([answer.status, answer.text]).toEqual([
      200,
      `{"success":true,"data":{"delivered":false,"statusCode":${statusCode}}}`,
    ]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('tests a disabled webhook, takes an empty JSON body with it, and leaves it healthy', async () => {
    await using receiver = await Receiver.start({ answer: 500 });
    const appId = await app.createApp();
    const { id } = await create(appId, { url: receiver.url, enabled: false });
    const answer = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks/${id}/test`, '');
    expect(answer.text).toBe('{"success":true,"data":{"delivered":false,"statusCode":500}}');
    const webhook = await app.call('webhooks.get', { id });
    expect(webhook.health.failuresInARow).toBe(0);
    const { items } = await app.call('deliveries.list', { webhookId: id });
    expect(items).toMatchObject([
      { event: 'test', status: 'failed', reason: 'test_failed', attemptCount: 1 },
    ]);
  });

  it('takes all its eight events and folds names given twice', async () => {
    const appId = await app.createApp();
    const events = [
      'user.login',
      'user.register',
      'user.ban',
      'license.activate',
      'license.expire',
      'license.delete',
      'file.download',
      'session.create',
    ];
    const { json } = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, {
      url: 'http://127.0.0.1:9/hook',
      events: [...events, 'user.login', 'session.create'],
    });
    expect(json).toMatchObject({ data: { events } });
  });

  it('takes more than five webhooks of an app', async () => {
    const appId = await app.createApp();
    for (let count = 0; count < 6; count++) await create(appId);
    const { json } = await app.rest('GET', `/v1/admin/apps/${appId}/webhooks`);
    expect((json as { data: unknown[] }).data).toHaveLength(6);
  });

  it('rejects the fifty-first webhook of an app', async () => {
    const appId = await app.createApp();
    await Promise.all(Array.from({ length: 50 }, async () => await create(appId)));
    const answer = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, {
      url: 'http://127.0.0.1:9/hook',
      events: ['user.login'],
    });
    expect([answer.status, answer.text]).toEqual([
      400,
      `{"success":false,"error":"bad_request","message":"app ${appId} already has its 50 webhooks"}`,
    ]);
  });
});
