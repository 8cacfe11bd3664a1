import { beforeAll, describe, expect, test } from 'vitest';
import { appRouter } from '../../../server/src/transport/trpc/router.ts';
import type { ProcedurePath } from '../../support/app.ts';
import { readClientPair } from '../../support/client-pair.ts';
import { firstOfStream } from '../../support/first-of-stream.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';

/*
 * Things that mean something to MongoDB or to JavaScript, put in the place of every value that a caller can
 * send. An operator in place of a string is rejected by its type; as a string it is only a string.
 */

const app = useTestApp();
const receiver = useReceiver();
let appId: string;
let valid: Record<string, Record<string, unknown>>;

const operators: unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $where: '1' },
  { $regex: '.*' },
  { $in: ['a'] },
  { $expr: { $eq: [1, 1] } },
  [{ $gt: '' }],
  { __proto__: null, length: 1 },
  { constructor: { prototype: { isRoot: true } } },
];
const words = [
  '$where',
  '$gt',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '\u0000',
];

/** Free text: any word is a valid name of an app. */
const freeTexts = ['name', 'description', 'note', 'query', 'search', 'value'];

beforeAll(async () => {
  appId = await app.createApp();
  const { id } = await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
  const { deliveryId } = await app.call('webhooks.test', { id });
  const { eventId } = await app.call('deliveries.get', { id: deliveryId });
  const { id: keyId } = await app.createKey();
  const incidentId = `inc_${id.slice('wh_'.length)}_http_status_503`;
  const channelId = `ach_${'0'.repeat(12)}`;
  const ruleId = `alr_${'0'.repeat(12)}`;
  const publication = {
    appId,
    event: 'user.login',
    data,
    idempotencyKey: 'k',
    timestamp: '2026-01-01T00:00:00.000Z',
  };
  const january = {
    since: '2026-01-01T00:00:00.000Z',
    until: '2026-02-01T00:00:00.000Z',
    events: ['user.login'],
    dryRun: true,
  };
  valid = {
    'accounts.create': { name: 'n' },
    'accounts.list': { cursor: 'c', limit: 1 },
    'accounts.usage': { accountId: 'acc_default' },
    'accounts.setLimits': { accountId: 'acc_default', limits: { apps: 5, callsPerSecond: null } },
    'keys.create': {
      accountId: 'acc_default',
      name: 'n',
      scopes: ['*'],
      expiresAt: '2099-01-01T00:00:00.000Z',
      appId,
    },
    'keys.list': { cursor: 'c', limit: 1 },
    'keys.rotate': { id: keyId, overlapHours: 1 },
    'keys.revoke': { id: keyId },
    'apps.create': { id: 'app_new', accountId: 'acc_default', name: 'n' },
    'apps.list': { cursor: 'c', limit: 1 },
    'apps.deletions': { cursor: 'c', limit: 1 },
    'apps.get': { id: appId },
    'apps.delete': { id: appId },
    'webhooks.create': {
      appId,
      url: receiver.url,
      events: ['user.login'],
      eventVersions: { 'user.login': 1 },
      profile: 'standard',
      format: 'auto',
      signing: 'hmac',
      headers: { 'x-a': 'b' },
      description: 'd',
      rateLimit: 1,
      clientCertificate: readClientPair('a'),
      enabled: true,
    },
    'webhooks.list': { appId },
    'webhooks.get': { id },
    'webhooks.update': {
      id,
      url: receiver.url,
      events: ['user.login'],
      profile: 'standard',
      format: 'auto',
      signing: 'hmac',
      headers: { 'x-a': 'b' },
      description: 'd',
      rateLimit: 1,
      clientCertificate: readClientPair('a'),
      enabled: true,
      backlog: 'send',
    },
    'webhooks.delete': { id },
    'webhooks.test': { id },
    'webhooks.summaries': {
      appId,
      accountId: 'acc_default',
      ids: [id],
      search: 'hook',
      state: 'failing',
      order: 'oldest',
      cursor: 'c',
      limit: 1,
    },
    'webhooks.backlog': { id },
    'webhooks.sendWaiting': { id },
    'webhooks.sendSample': { id, event: 'user.login', version: 1 },
    'webhooks.activity': { id, hours: 24 },
    'webhooks.preview': { format: 'discord', event: 'user.login', version: 1 },
    'webhooks.rotateSecret': { id, overlapHours: 1 },
    'events.publish': publication,
    'events.subscribe': { appId, types: ['user.login'], lastEventId: 'x' },
    'events.explain': { id: eventId },
    'events.get': { id: eventId },
    'events.list': {
      appId,
      event: 'user.login',
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-01-01T00:00:00.000Z',
      cursor: 'c',
      limit: 1,
    },
    'feed.read': {
      appId,
      after: '0'.repeat(20),
      consumer: 'c',
      start: 'newest',
      types: ['user.login'],
      limit: 1,
      waitMs: 0,
    },
    'feed.consumers': { appId },
    'feed.commit': { appId, consumer: 'c', cursor: '0'.repeat(20), expectedCursor: '0'.repeat(20) },
    'feed.deleteConsumer': { appId, consumer: 'c' },
    'eventTypes.register': {
      accountId: 'acc_default',
      eventTypes: [{ type: 'a.b', description: 'd', schema: { type: 'object' }, example: {} }],
    },
    'eventTypes.list': { accountId: 'acc_default', prefix: 'user.', cursor: 'a', limit: 1 },
    'eventTypes.get': { accountId: 'acc_default', type: 'user.login' },
    'eventTypes.delete': { accountId: 'acc_default', type: 'a.b' },
    'deliveries.list': { appId, webhookId: id, eventId, status: 'failed', cursor: 'c', limit: 1 },
    'deliveries.get': { id: deliveryId },
    'deliveries.retry': { id: deliveryId },
    'deliveries.resend': { eventId, webhookId: id },
    'deliveries.retryMany': { ids: [deliveryId] },
    'deliveries.cancelMany': { ids: [deliveryId] },
    'deliveries.replay': { ...january, webhookId: id, status: 'failed' },
    'deliveries.cancel': { ...january, webhookId: id, ids: [deliveryId] },
    'deliveries.replays': { webhookId: id, cursor: 'c', limit: 1 },
    'deliveries.cancelReplay': { id: deliveryId.replace('dlv_', 'rpl_') },
    'incidents.list': { appId, webhookId: id, state: 'open', cursor: 'c', limit: 1 },
    'incidents.get': { id: incidentId },
    'incidents.count': { appId },
    'incidents.webhooks': { appId, state: 'failing', cursor: 'c', limit: 1 },
    'incidents.snooze': { id: incidentId, until: '2026-01-02T00:00:00.000Z' },
    'incidents.note': { id: incidentId, note: 'Called the customer' },
    'alertChannels.create': { accountId: 'acc_default', name: 'n', kind: 'webhook', target: receiver.url },
    'alertChannels.list': { accountId: 'acc_default', cursor: 'c', limit: 1 },
    'alertChannels.update': { id: channelId, name: 'n', target: receiver.url },
    'alertChannels.delete': { id: channelId },
    'alertChannels.test': { id: channelId },
    'alertRules.create': {
      accountId: 'acc_default',
      name: 'n',
      kind: 'failing',
      channelIds: [channelId],
      afterSeconds: 60,
      remindAfterSeconds: 3_600,
      enabled: true,
    },
    'alertRules.list': { accountId: 'acc_default', cursor: 'c', limit: 1 },
    'alertRules.update': { id: ruleId, name: 'n', channelIds: [channelId], afterSeconds: 60, enabled: true },
    'alertRules.delete': { id: ruleId },
    'alerts.history': { accountId: 'acc_default', status: 'failed', cursor: 'c', limit: 1 },
    'search.find': { query: 'q', limit: 1 },
    'search.timeline': { value: 'v', accountId: 'acc_default', appId, webhookId: id, cursor: 'c', limit: 1 },
    'system.stats': { appId, hours: 1 },
    'system.audit': {
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-02T00:00:00.000Z',
      after: `evt_${'0'.repeat(26)}`,
    },
    'auditLog.list': { appId, action: 'app.created', cursor: 'c', limit: 1 },
  };
});

/** Without an input, or checked elsewhere: publishMany validates each event as publish does. */
const notHere = ['events.types', 'events.publishMany', 'alerts.settings'];

const procedures = Object.keys(appRouter._def.procedures).filter(
  (path) => !notHere.includes(path),
) as ProcedurePath[];

async function changedNothing(attack: () => Promise<void>): Promise<void> {
  await app.whenIdle();
  const before = await app.fingerprint();
  await attack();
  expect(await app.fingerprint()).toEqual(before);
}

async function call(path: ProcedurePath, input: unknown): Promise<{ status: number; text: string }> {
  return path === 'events.subscribe'
    ? await firstOfStream(app, path, input, app.rootToken)
    : await app.trpc(path, input);
}

/** `__proto__` as a key of its own, which an object literal cannot say. */
function withKey(input: object, key: string): string {
  return JSON.stringify({ ...input, PLANTED: { isRoot: true } }).replace('PLANTED', key);
}

describe('over tRPC', () => {
  test.each(procedures)('%s takes no operator in the place of a value', async (path) => {
    const input = valid[path];
    if (input === undefined) throw new Error(`no valid input of ${path} is known: add one`);
    await changedNothing(async () => {
      for (const field of Object.keys(input)) {
        for (const operator of operators) {
          const { status, text } = await call(path, { ...input, [field]: operator });
          expect([400, 403, 404], `${field} ${JSON.stringify(operator)}: ${text}`).toContain(status);
        }
      }
    });
  });

  test.each(procedures)('%s takes a word of MongoDB or JavaScript for a word', async (path) => {
    const input = valid[path] ?? {};
    const fields = Object.keys(input).filter(
      (field) => typeof input[field] === 'string' && !freeTexts.includes(field) && field !== 'cursor',
    );
    // Such an id is well-formed, and a new app may have it.
    const isNewId = (field: string) =>
      (path === 'apps.create' && field === 'id') || field === 'idempotencyKey';
    await changedNothing(async () => {
      for (const field of fields.filter((name) => !isNewId(name))) {
        for (const word of words) {
          const { status, text } = await call(path, { ...input, [field]: word });
          const isEmpty = status === 200 && text.includes('"items":[]');
          // An event type can have such a name.
          const isList =
            isEmpty &&
            (path === 'auditLog.list' ||
              path === 'eventTypes.list' ||
              (path === 'events.list' && field === 'event') ||
              (path === 'feed.read' && field === 'consumer'));
          // A consumer can have such a name, and no other cursor is stored for it.
          const isConflict = path === 'feed.commit' && field === 'consumer' && status === 409;
          expect(
            isList || isConflict || [400, 403, 404].includes(status),
            `${field} ${word}: ${status} ${text}`,
          ).toBe(true);
        }
      }
    });
  });

  test.each(procedures)('%s is not moved by an unknown or a prototype key', async (path) => {
    const input = valid[path] ?? {};
    await changedNothing(async () => {
      for (const key of ['$where', '$set', 'constructor', 'prototype']) {
        const { status } = await call(path, { ...input, [key]: { isRoot: true } });
        expect({ key, status }).toEqual({ key, status: 400 });
      }
    });
    expect(({} as Record<string, unknown>)['isRoot']).toBeUndefined();
  });

  test('a cursor is a place in the order of ids and nothing else', async () => {
    for (const path of ['events.list', 'deliveries.list', 'auditLog.list'] as const) {
      for (const cursor of [...words, { $gt: '' }, ['a']]) {
        const { status } = await app.trpc(path, { cursor });
        expect(status).toBe(typeof cursor === 'string' ? 200 : 400);
      }
    }
  });

  test('a cursor of a list by age is a time and an id, and nothing else', async () => {
    for (const path of ['accounts.list', 'apps.list', 'keys.list'] as const) {
      for (const cursor of [...words, { $gt: '' }, ['a']]) {
        expect((await app.trpc(path, { cursor })).status).toBe(400);
      }
      for (const word of words) {
        const cursor = `2026-01-01T00:00:00.000Z_${word}`;
        expect((await app.trpc(path, { cursor })).status).toBe(200);
      }
    }
  });

  test('`__proto__` as a key plants nothing, and what else it does is nothing', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${app.rootToken}` };
    const body = withKey({ name: 'planted' }, '__proto__');
    const response = await fetch(`${app.url}/trpc/apps.create`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    const inData = JSON.stringify({
      appId,
      event: 'user.login',
      data: { ...data, PLANTED: { isRoot: true } },
    });
    const published = await fetch(`${app.url}/trpc/events.publish`, {
      method: 'POST',
      headers,
      body: inData.replace('PLANTED', '__proto__'),
    });
    expect([200, 400]).toContain(published.status);
    expect(({} as Record<string, unknown>)['isRoot']).toBeUndefined();
    const { items } = await app.call('events.list', { appId });
    expect(
      items.every((event) => !Object.hasOwn(event.data, '__proto__') && event.data['isRoot'] === undefined),
    ).toBe(true);
  });
});

describe('over REST', () => {
  const routes = [
    [
      'POST',
      '/v1/apps/:appId/webhooks',
      { url: 'u', events: ['license.created'], enabled: true, format: 'auto' },
    ],
    [
      'POST',
      '/v1/admin/apps/:appId/webhooks',
      { url: 'u', events: ['user.ban'], enabled: true, format: 'auto' },
    ],
    [
      'PUT',
      '/v1/apps/:appId/webhooks/:webhookId',
      { url: 'u', events: ['license.created'], enabled: true, format: 'auto' },
    ],
    [
      'POST',
      '/v1/apps/:appId/events',
      { event: 'user.login', data: {}, idempotencyKey: 'k', timestamp: 't' },
    ],
  ] as const;

  test.each(routes)('%s %s takes no operator in the place of a value', async (method, route, body) => {
    const { json } = await app.rest('POST', `/v1/apps/${appId}/webhooks`, {
      url: receiver.url,
      events: ['license.created'],
    });
    const { webhookId } = json as { webhookId: string };
    const path = route.replace(':appId', appId).replace(':webhookId', webhookId);
    await changedNothing(async () => {
      for (const field of Object.keys(body)) {
        const input = { ...body, ...(field === 'url' ? {} : 'url' in body ? { url: receiver.url } : {}) };
        for (const operator of operators) {
          const { status, text } = await app.rest(method, path, { ...input, [field]: operator });
          expect(status, `${field} ${JSON.stringify(operator)}: ${text}`).toBe(400);
        }
      }
      for (const key of ['__proto__', 'constructor']) {
        const { status } = await app.rest(
          method,
          path,
          withKey(body, key).replace('"isRoot":true', '"prototype":{}'),
        );
        expect({ key, status }).toEqual({ key, status: 400 });
      }
    });
    await app.rest('DELETE', path.includes(webhookId) ? path : `/v1/apps/${appId}/webhooks/${webhookId}`);
  });

  test.each([
    'status[$ne]=failed',
    'webhookId[$gt]=',
    'eventId[$where]=1',
    'status=$where',
    'webhookId=__proto__',
    'eventId=constructor',
    'limit[$gt]=1',
    'limit=$gt',
    'status=failed&status=pending',
  ])('a query of ?%s finds nothing more', async (query) => {
    const all = await app.rest('GET', `/v1/apps/${appId}/deliveries`);
    const { status, text } = await app.rest('GET', `/v1/apps/${appId}/deliveries?${query}`);
    // Unknown names are left out of account, as everywhere in REST.
    if (/\[/.test(query)) expect([200, 400]).toContain(status);
    else expect(status).toBe(400);
    if (status === 200) expect(text).toBe(all.text);
  });

  test.each([...words.filter((word) => word !== '\u0000'), '%00', '[$ne]', '{"$gt":""}', '..%2f..'])(
    'an id of %s in a path is refused like any that is not there',
    async (word) => {
      const id = word.startsWith('%') || word.includes('%2f') ? word : encodeURIComponent(word);
      await changedNothing(async () => {
        for (const mount of ['/v1/apps', '/v1/admin/apps']) {
          expect([400, 403, 404]).toContain((await app.rest('GET', `${mount}/${id}/webhooks`)).status);
          expect([400, 404]).toContain((await app.rest('DELETE', `${mount}/${appId}/webhooks/${id}`)).status);
          expect([400, 404]).toContain(
            (await app.rest('POST', `${mount}/${appId}/webhooks/${id}/test`)).status,
          );
        }
        expect([400, 403, 404]).toContain((await app.rest('GET', `/v1/apps/${id}/deliveries`)).status);
      });
    },
  );

  test('a token of an operator is no token', async () => {
    for (const token of ['{"$ne":null}', '[$ne]=', '$where', '__proto__', 'constructor']) {
      expect((await app.rest('GET', `/v1/apps/${appId}/webhooks`, undefined, { token })).status).toBe(401);
      expect((await app.trpc('apps.list', {}, { token })).status).toBe(401);
    }
  });
});
