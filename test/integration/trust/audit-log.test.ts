import { beforeEach, describe, expect, test } from 'vitest';
import { maskText, maskUrl, type AuditAction } from '@tocsin/shared';
import { startTestApp } from '../../support/app.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';

const app = useTestApp();
const receiver = useReceiver();
let accountId: string;
let appId: string;
let key: { id: string; key: string };

beforeEach(async () => {
  accountId = await app.createAccount();
  appId = await app.createApp({ accountId });
  key = await app.createKey({ accountId });
});

const entries = async (input: object = {}, token = key.key) =>
  (await app.call('auditLog.list', input, { token })).items;

async function webhookOf(token = key.key): Promise<string> {
  const input = { appId, url: receiver.url, events: ['user.login'] };
  return (await app.call('webhooks.create', input, { token })).id;
}

describe('the audit log', () => {
  test('records the actor, the action, its target, the time and the address', async () => {
    const id = await webhookOf();
    const change = { id, description: 'The new one', url: `${receiver.url}/hooks?key=secret-value` };
    await app.call('webhooks.update', change, { token: key.key, headers: { 'x-request-id': 'req-1' } });
    const [entry] = await entries();
    expect(entry).toEqual({
      id: expect.stringMatching(/^aud_[0-9a-z]{26}$/) as string,
      at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      action: 'webhook.updated',
      actor: {
        kind: 'key',
        keyId: key.id,
        keyPrefix: key.key.slice(0, 10),
        keyName: expect.any(String) as string,
        issuer: null,
        subject: null,
      },
      accountId,
      appId,
      targetId: id,
      targetName: 'The new one',
      address: '127.0.0.1',
      requestId: 'req-1',
      details: { changed: ['url', 'description'] },
      changes: [
        { field: 'url', before: receiver.url, after: maskUrl(change.url) },
        { field: 'description', before: null, after: 'The new one' },
      ],
    });
    expect(JSON.stringify(await entries())).not.toContain('secret-value');
  });

  test('shows what an update changed, and nothing that it only repeats', async () => {
    const id = await webhookOf();
    const headers = { 'x-tenant': 'one', 'x-region': 'eu' };
    await app.call('webhooks.update', { id, headers, rateLimit: 5 }, { token: key.key });
    const repeated = {
      id,
      headers: { 'x-tenant': 'two' },
      rateLimit: 5,
      events: ['user.login'],
      enabled: true,
    };
    await app.call('webhooks.update', repeated, { token: key.key });
    const [entry] = await entries();
    expect(entry?.details).toEqual({ changed: ['headers'] });
    expect(entry?.changes).toEqual([
      { field: 'headers.x-tenant', before: maskText, after: maskText },
      { field: 'headers.x-region', before: maskText, after: null },
    ]);
  });

  test('keeps the fields of a deleted webhook', async () => {
    const id = await webhookOf();
    await app.call('webhooks.delete', { id }, { token: key.key });
    const [entry] = await entries();
    expect(entry?.targetName).toBe(new URL(receiver.url).host);
    expect(entry?.changes).toContainEqual({ field: 'events', before: ['user.login'], after: null });
  });

  test('is filtered by target, key and time', async () => {
    const [id, other] = [await webhookOf(), await webhookOf(app.rootToken)];
    const actions = async (input: object) =>
      (await entries({ appId, ...input })).map(({ targetId }) => targetId);
    expect(await actions({ targetId: id })).toEqual([id]);
    expect(await actions({ keyId: key.id })).toEqual([id]);
    const [newest, older] = await entries({ appId });
    expect(newest?.targetId).toBe(other);
    await app.call('webhooks.update', { id, description: 'Later' }, { token: key.key });
    const [last] = await entries({ appId });
    const after = new Date(Date.parse(last?.at ?? '')).toISOString();
    expect(await actions({ since: after })).toContain(id);
    expect(await actions({ until: older?.at })).not.toContain(other);
    expect(await actions({ since: '2100-01-01T00:00:00Z' })).toEqual([]);
  });

  const token = () => ({ token: key.key });
  const deeds: [AuditAction, () => Promise<string>][] = [
    ['account.created', async () => (accountId = await app.createAccount())],
    ['app.created', () => app.createApp({ accountId })],
    ['app.deleted', async () => (await app.call('apps.delete', { id: appId }, token())).id],
    ['key.created', async () => (await app.createKey({ accountId })).id],
    [
      'key.rotated',
      async () => (await app.call('keys.rotate', { id: (await app.createKey({ accountId })).id })).id,
    ],
    [
      'key.revoked',
      async () => (await app.call('keys.revoke', { id: (await app.createKey({ accountId })).id })).id,
    ],
    ['webhook.created', () => webhookOf()],
    [
      'webhook.updated',
      async () => (await app.call('webhooks.update', { id: await webhookOf(), enabled: false })).id,
    ],
    ['webhook.deleted', async () => (await app.call('webhooks.delete', { id: await webhookOf() })).id],
    [
      'webhook.tested',
      async () => {
        const id = await webhookOf();
        await app.call('webhooks.test', { id });
        return id;
      },
    ],
    [
      'webhook.secret_rotated',
      async () => (await app.call('webhooks.rotateSecret', { id: await webhookOf() })).id,
    ],
    [
      'delivery.retried',
      async () => {
        const { deliveryId: id } = await app.call('webhooks.test', { id: await webhookOf() });
        return (await app.call('deliveries.retry', { id })).id;
      },
    ],
  ];
  test.each(deeds)('has one entry for %s', async (action, perform) => {
    const targetId = await perform();
    const found = (await entries({ action }, app.rootToken)).filter((entry) => entry.targetId === targetId);
    expect(found).toMatchObject([{ action, targetId, accountId }]);
  });

  test('has the changes made over both REST mounts as well', async () => {
    const body = { url: receiver.url, events: ['license.created'] };
    const options = { token: key.key };
    const created = await app.rest('POST', `/v1/apps/${appId}/webhooks`, body, options);
    const { webhookId } = created.json as { webhookId: string };
    const path = `/v1/apps/${appId}/webhooks/${webhookId}`;
    await app.rest('PUT', path, { enabled: false }, options);
    await app.rest('POST', `${path}/test`, undefined, options);
    await app.rest('DELETE', path, undefined, options);
    await app.rest(
      'POST',
      `/v1/admin/apps/${appId}/webhooks`,
      { url: receiver.url, events: ['user.ban'] },
      options,
    );
    const actions = (await entries({ appId })).map((entry) => entry.action);
    expect(actions).toEqual([
      'webhook.created',
      'webhook.deleted',
      'webhook.tested',
      'webhook.updated',
      'webhook.created',
      'app.created',
    ]);
  });

  test('names the platform itself, and why, when it disables a webhook', async () => {
    receiver.answerWith(410);
    const id = await webhookOf();
    await app.call('events.publish', { appId, event: 'user.login', data });
    await expect
      .poll(() => entries({ action: 'webhook.disabled' }))
      .toMatchObject([
        {
          actor: { kind: 'system', keyId: null, keyPrefix: null },
          targetId: id,
          accountId,
          appId,
          address: null,
          details: { reason: 'gone' },
        },
      ]);
    receiver.answerWith(200);
  });

  test('has no entry for a rejected call', async () => {
    const before = (await entries()).length;
    const readOnly = await app.createKey({ accountId, scopes: ['webhooks:read'] });
    await app.trpc(
      'webhooks.create',
      { appId, url: receiver.url, events: ['user.login'] },
      { token: readOnly.key },
    );
    await app.trpc('webhooks.rotateSecret', { id: 'wh_000000000000' }, { token: key.key });
    expect((await entries()).length).toBe(before + 1);
  });

  test('is read in pages, by app and by action', async () => {
    for (let i = 0; i < 3; i++) await webhookOf();
    const first = await app.call('auditLog.list', { action: 'webhook.created', limit: 2 }, token());
    const cursor = first.nextCursor ?? '';
    const second = await app.call('auditLog.list', { action: 'webhook.created', limit: 2, cursor }, token());
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([2, 1, null]);
    const ids = [...first.items, ...second.items].map((entry) => entry.id);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
  });
});

describe('reading it', () => {
  test('takes every right in the account', async () => {
    const most = await app.createKey({ accountId, scopes: ['webhooks:write', 'keys:write', 'events:read'] });
    const { error } = await app.trpc('auditLog.list', {}, { token: most.key });
    expect(error?.data.tocsin.code).toBe('SCOPE_MISSING');
  });

  test('shows another account nothing, with any filter', async () => {
    await webhookOf();
    const otherAccountKey = await app.createKey({ accountId: await app.createAccount() });
    expect(await entries({ appId }, otherAccountKey.key)).toEqual([]);
    const own = await entries({}, otherAccountKey.key);
    expect(own.map((entry) => entry.action)).toEqual(['key.created', 'account.created']);
  });

  test('hides the address of the operator from customers', async () => {
    const seen = await entries({ action: 'app.created' });
    expect(seen).toMatchObject([{ actor: { kind: 'root' }, address: null }]);
    const byRoot = await entries({ action: 'app.created', appId }, app.rootToken);
    expect(byRoot).toMatchObject([{ actor: { kind: 'root' }, address: '127.0.0.1' }]);
  });

  test('still shows what concerned an app that was deleted', async () => {
    await app.call('apps.delete', { id: appId }, { token: key.key });
    const actions = (await entries({ appId })).map((entry) => entry.action);
    expect(actions).toEqual(['app.deleted', 'app.created']);
  });
});

describe('keeping it', () => {
  test('ends by age alone, and a restart with another age changes it for all', async () => {
    const ageOf = async () => {
      const indexes = await app.db.collection('audit_log').indexes();
      return indexes.find((index) => index.name === 'age')?.expireAfterSeconds;
    };
    expect(await ageOf()).toBe(400 * 86_400);
    await using _again = await startTestApp({ database: app.database, env: { AUDIT_RETENTION_DAYS: '90' } });
    expect(await ageOf()).toBe(90 * 86_400);
  });

  test('an action whose entry cannot be stored succeeds, and an error is logged', async () => {
    const lines: string[] = [];
    const { createLog } = await import('../../../server/src/telemetry/log.ts');
    const log = createLog('info', { destination: { write: (line) => void lines.push(line) } });
    await using broken = await startTestApp({ log });
    const validator = { $jsonSchema: { required: ['never'] } };
    await broken.db.command({ collMod: 'audit_log', validator });
    const id = await broken.createApp();
    expect((await broken.call('apps.get', { id })).id).toBe(id);
    const line = lines
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find(({ level }) => level === 50);
    expect(line).toMatchObject({
      msg: 'could not write an audit entry',
      audit: { action: 'app.created', targetId: id },
    });
  });
});
