import { beforeAll, describe, expect, it } from 'vitest';
import { eventTypes } from '@tocsin/shared';
import type { ProcedurePath } from '../../support/app.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';

/** Rejects private targets, as in production. */
const app = useTestApp({ env: { ALLOW_PRIVATE_TARGETS: 'false' } });
let appId: string;
let webhookId: string;

const url = 'https://93.184.216.34/hook';

beforeAll(async () => {
  appId = await app.createApp();
  ({ id: webhookId } = await app.call('webhooks.create', { appId, url, events: ['user.login'] }));
});

/** Calls, and expects the code, a message that names the wrong value, and that nothing stored has changed. */
async function expectRefused(
  path: ProcedurePath,
  input: unknown,
  code: string,
  message: RegExp,
): Promise<void> {
  const before = await app.fingerprint();
  const { status, error, data: accepted } = await app.trpc(path, input);
  expect(accepted).toBeUndefined();
  expect(error?.data.tocsin.code).toBe(code);
  expect(status).toBe(error?.data.httpStatus);
  expect(error?.message).toMatch(message);
  expect(await app.fingerprint()).toEqual(before);
}

describe('creating a webhook', () => {
  it.each([
    ['no app', { appId: undefined }, 'INVALID_INPUT', /^appId: /],
    ['an app id with a slash', { appId: 'a/b' }, 'INVALID_INPUT', /^appId: must be 1 to 128 letters/],
    ['an app that does not exist', { appId: 'app_none' }, 'FORBIDDEN', /^app app_none does not belong/],
    ['no url', { url: undefined }, 'INVALID_URL', /^url: /],
    ['an empty url', { url: '' }, 'INVALID_URL', /^url: must not be empty$/],
    ['words instead of a url', { url: 'not-a-url' }, 'INVALID_URL', /^url is not a valid absolute URL/],
    ['an http: url', { url: 'http://93.184.216.34/' }, 'INVALID_URL', /^url has the scheme "http"/],
    [
      'a url with a user name',
      { url: 'https://a:b@93.184.216.34/' },
      'INVALID_URL',
      /^url contains a user name/,
    ],
    ['a loopback address', { url: 'https://127.0.0.1/' }, 'INVALID_URL', /^url has the host "127\.0\.0\.1"/],
    ['a metadata address', { url: 'https://169.254.169.254/' }, 'INVALID_URL', /^url has the host "169\.254/],
    ['no events', { events: undefined }, 'INVALID_INPUT', /^events: /],
    ['an empty list of events', { events: [] }, 'INVALID_INPUT', /^events: must name at least one event$/],
    ['an unknown event', { events: ['user.exploded'] }, 'UNKNOWN_EVENT', /unknown event "user\.exploded"/],
    [
      'an event named like a property',
      { events: ['__proto__'] },
      'UNKNOWN_EVENT',
      /unknown event "__proto__"/,
    ],
    ['an event that is a number', { events: [17] }, 'UNKNOWN_EVENT', /unknown event of type number/],
    ['the test event of Authon', { events: ['test'] }, 'UNKNOWN_EVENT', /unknown event "test"/],
    ['the test event of AuthForge', { events: ['test.ping'] }, 'UNKNOWN_EVENT', /unknown event "test\.ping"/],
    ['enabled as a text', { enabled: 'no' }, 'INVALID_INPUT', /^enabled: /],
    ['an unknown profile', { profile: 'stripe' }, 'INVALID_INPUT', /^profile: .*"standard"/],
    ['an unknown format', { format: 'xml' }, 'INVALID_INPUT', /^format: .*"discord"/],
    ['an unknown field', { color: 'red' }, 'INVALID_INPUT', /^color: unknown field; known are /],
    ['a header that is ours', { headers: { 'webhook-id': 'x' } }, 'INVALID_INPUT', /webhook-id/],
    ['a header with a line break', { headers: { 'X-A': 'a\r\nb' } }, 'INVALID_INPUT', /X-A/i],
    ['a header of another type', { headers: { 'X-A': 1 } }, 'INVALID_INPUT', /^headers\.X-A: /],
    ['a description of 501 characters', { description: 'x'.repeat(501) }, 'INVALID_INPUT', /^description: /],
    ['a rate limit of nothing', { rateLimit: 0 }, 'INVALID_INPUT', /^rateLimit: /],
    [
      'a certificate without a key',
      { clientCertificate: { certificate: 'x' } },
      'INVALID_INPUT',
      /privateKey/,
    ],
    [
      'a certificate that is none',
      { clientCertificate: { certificate: 'x', privateKey: 'y' } },
      'INVALID_INPUT',
      /^clientCertificate: certificate has no PEM block/,
    ],
  ] as const)('is rejected with %s', async (_name, change, code, message) => {
    const input = { appId, url, events: ['user.login'], ...change };
    await expectRefused('webhooks.create', input, code, message);
    if (!('appId' in change)) {
      await expectRefused('webhooks.update', { id: webhookId, ...change }, code, message).catch(
        (error: unknown) => {
          // Leaving a field out is no mistake in an update.
          if (Object.values(change).some((value) => value !== undefined)) throw error;
        },
      );
    }
  });

  it('is rejected with every wrong field, in the message and as a list', async () => {
    const input = { app_id: appId, url: 'https://127.0.0.1/', events: ['a.b', 'user.logn'], rateLimit: 'x' };
    const first = await app.trpc('webhooks.create', input);
    expect(first.error?.data.tocsin).toMatchObject({
      code: 'INVALID_INPUT',
      errors: [
        { path: 'appId', message: 'is missing; it must be a string' },
        { path: 'rateLimit', message: 'must be a number, not a string' },
        { path: 'app_id', message: 'unknown field; did you mean "appId"?' },
      ],
    });
    const { app_id: _appId, rateLimit: _rateLimit, ...rest } = input;
    const second = await app.trpc('webhooks.create', { ...rest, appId, headers: { host: 'x', 'a b': 'x' } });
    expect(second.error?.data.tocsin).toMatchObject({ code: 'INVALID_INPUT' });
    expect(second.error?.data.tocsin.errors.map(({ path }) => path)).toEqual([
      'events.0',
      'events.1',
      'headers',
      'headers',
      'url',
    ]);
    for (const { path, message } of second.error?.data.tocsin.errors ?? []) {
      expect(second.error?.message).toContain(`${path}: ${message}`);
    }
  });

  it('folds names given twice, and takes all fifteen events', async () => {
    const { events } = await app.call('webhooks.create', {
      appId,
      url,
      events: [...eventTypes, ...eventTypes],
    });
    expect(events).toEqual(eventTypes);
  });
});

describe('an id of the wrong form', () => {
  it.each([
    ['webhooks.get', /^id: must be wh_ and 12 hex digits$/],
    ['webhooks.update', /^id: must be wh_ and 12 hex digits$/],
    ['webhooks.delete', /^id: must be wh_ and 12 hex digits$/],
    ['webhooks.test', /^id: must be wh_ and 12 hex digits$/],
    ['events.get', /^id: must be evt_ and 26 base 32 characters$/],
    ['deliveries.get', /^id: must be dlv_ and 26 or 28 base 32 characters$/],
    ['deliveries.retry', /^id: must be dlv_ and 26 or 28 base 32 characters$/],
    ['keys.revoke', /^id: must be key_ and 16 hex digits$/],
    ['apps.get', /^id: must be 1 to 128 letters, digits, dots, dashes or underscores$/],
    ['apps.delete', /^id: must be 1 to 128 letters, digits, dots, dashes or underscores$/],
  ] as const)('is rejected by %s', async (path, message) => {
    for (const id of ['', 'nonsense/../x', `wh_${'0'.repeat(13)}`.repeat(20), { $ne: null }, null, 17]) {
      await expectRefused(path, { id }, 'INVALID_INPUT', typeof id === 'string' ? message : /^id: /);
    }
    await expectRefused(path, {}, 'INVALID_INPUT', /^id: /);
    await expectRefused(path, undefined, 'INVALID_INPUT', /^the input is missing; it must be an object$/);
  });

  it.each([
    ['deliveries.list', { webhookId: 'evt_1' }, /^webhookId: must be wh_/],
    ['deliveries.list', { eventId: 'wh_0123456789ab' }, /^eventId: must be evt_/],
    ['deliveries.list', { appId: 'a b' }, /^appId: must be 1 to 128/],
    ['deliveries.list', { status: 'lost' }, /^status: .*"pending"/],
    ['events.list', { appId: '' }, /^appId: must be 1 to 128/],
    ['events.list', { since: 'yesterday' }, /^since: /],
    ['apps.create', { id: 'a b', name: 'x' }, /^id: must be 1 to 128/],
    ['apps.create', { accountId: 'me', name: 'x' }, /^accountId: must be acc_/],
    ['keys.create', { accountId: 'me', name: 'x', scopes: ['*'] }, /^accountId: must be acc_/],
  ] as const)('is rejected by %s as %j', async (path, input, message) => {
    await expectRefused(path, input, 'INVALID_INPUT', message);
  });

  it.each([
    ['webhooks.get', 'wh_0123456789ab'],
    ['webhooks.delete', 'wh_0123456789ab'],
    ['webhooks.test', 'wh_0123456789ab'],
    ['events.get', 'evt_01hzy3v9k2m4n6p8q0r2s4t600'],
    ['deliveries.get', 'dlv_01hzy3v9k2m4n6p8q0r2s4t600'],
    ['deliveries.retry', 'dlv_01hzy3v9k2m4n6p8q0r2s4t600'],
    ['keys.revoke', 'key_0123456789abcdef'],
  ] as const)('is distinguished from an unknown one by %s', async (path, id) => {
    await expectRefused(path, { id }, 'NOT_FOUND', new RegExp(id));
  });
});

describe('a page', () => {
  it.each(['accounts.list', 'keys.list', 'apps.list', 'events.list', 'deliveries.list'] as const)(
    'of %s has 1 to 200 items and a cursor that is not empty',
    async (path) => {
      await expectRefused(path, { limit: 0 }, 'INVALID_INPUT', /^limit: /);
      await expectRefused(path, { limit: 201 }, 'INVALID_INPUT', /^limit: /);
      await expectRefused(path, { limit: 1.5 }, 'INVALID_INPUT', /^limit: /);
      await expectRefused(path, { cursor: '' }, 'INVALID_INPUT', /^cursor: /);
      await expectRefused(path, { cursor: 17 }, 'INVALID_INPUT', /^cursor: /);
      await expectRefused(path, { page: 2 }, 'INVALID_INPUT', /page: unknown field; did you mean "cursor"/);
    },
  );
});

describe('a cursor of a list by age', () => {
  it.each(['accounts.list', 'keys.list', 'apps.list', 'webhooks.summaries'] as const)(
    'of %s is rejected if it is an id, as older releases had it, or anything else',
    async (path) => {
      const wrong = /^cursor: must be the nextCursor of a page of this list; omit it for the first page$/;
      for (const cursor of [
        'app_2024',
        '2024_app',
        '2026-11-27T10:00:00.000Z_',
        '2026-99-27T10:00:00.000Z_a',
      ]) {
        await expectRefused(path, { cursor }, 'INVALID_INPUT', wrong);
      }
    },
  );
});

describe('accounts, apps and keys', () => {
  it.each([
    ['accounts.create', {}, 'INVALID_INPUT', /^name: /],
    ['accounts.create', { name: '' }, 'INVALID_INPUT', /^name: /],
    ['accounts.create', { name: 'x'.repeat(101) }, 'INVALID_INPUT', /^name: /],
    ['apps.create', { name: 'x', accountId: 'acc_none' }, 'NOT_FOUND', /^no account acc_none$/],
    ['keys.create', { name: 'x', scopes: [] }, 'INVALID_INPUT', /^scopes: must name at least one scope$/],
    ['keys.create', { name: 'x', scopes: ['everything'] }, 'INVALID_INPUT', /^scopes\.0: /],
    ['keys.create', { name: 'x', scopes: ['operator'] }, 'INVALID_INPUT', /^scopes\.0: /],
    ['keys.create', { name: 'x', scopes: ['*'], expiresAt: 'soon' }, 'INVALID_INPUT', /^expiresAt: /],
    [
      'keys.create',
      { name: 'x', scopes: ['*'], expiresAt: '2020-01-01T00:00:00Z' },
      'INVALID_INPUT',
      /^expiresAt: 2020-01-01T00:00:00Z is in the past$/,
    ],
    [
      'keys.create',
      { name: 'x', scopes: ['*'], accountId: 'acc_none' },
      'NOT_FOUND',
      /^no account acc_none$/,
    ],
  ] as const)('%s rejects %j', async (path, input, code, message) => {
    await expectRefused(path, input, code, message);
  });
});

describe('publishing', () => {
  it.each([
    ['no app', { appId: undefined }, 'INVALID_INPUT', /^appId: /],
    ['an app that does not exist', { appId: 'app_none' }, 'FORBIDDEN', /^app app_none does not belong/],
    ['no event', { event: undefined }, 'INVALID_INPUT', /^event: is missing; it must be an event type/],
    ['an unknown event', { event: 'user.exploded' }, 'UNKNOWN_EVENT', /unknown event "user\.exploded"/],
    ['the test event of Authon', { event: 'test' }, 'UNKNOWN_EVENT', /unknown event "test"/],
    ['the test event of AuthForge', { event: 'test.ping' }, 'UNKNOWN_EVENT', /unknown event "test\.ping"/],
    ['no data', { data: undefined }, 'INVALID_INPUT', /^data: /],
    ['data that is a list', { data: [] }, 'INVALID_INPUT', /^data: /],
    [
      'data without a field',
      { data: { ...data, hwid: undefined } },
      'INVALID_INPUT',
      /^data\.hwid: .*user\.login/,
    ],
    ['data with an empty field', { data: { ...data, userId: '' } }, 'INVALID_INPUT', /^data\.userId: /],
    [
      'data of another app',
      { data: { ...data, appId: 'other' } },
      'INVALID_INPUT',
      /^data\.appId: "other" does not match/,
    ],
    [
      'an idempotency key of 129 characters',
      { idempotencyKey: 'k'.repeat(129) },
      'INVALID_INPUT',
      /^idempotencyKey: /,
    ],
    [
      'an idempotency key beyond ASCII',
      { idempotencyKey: 'schlüssel' },
      'INVALID_INPUT',
      /^idempotencyKey: /,
    ],
    ['a timestamp that is none', { timestamp: '2026-13-01T00:00:00Z' }, 'INVALID_INPUT', /^timestamp: /],
    ['an unknown field', { priority: 1 }, 'INVALID_INPUT', /^priority: unknown field/],
    [
      'data over 200 KiB',
      { data: { ...data, note: 'x'.repeat(205_000) } },
      'PAYLOAD_TOO_LARGE',
      /^data: 205\d\d\d bytes/,
    ],
  ] as const)('is rejected with %s', async (_name, change, code, message) => {
    const input = { appId, event: 'user.login', data, ...change };
    await expectRefused('events.publish', input, code, message);
  });

  it('many at once fails as a whole only if the list itself is invalid', async () => {
    const event = { appId, event: 'user.login', data };
    await expectRefused('events.publishMany', { events: [] }, 'INVALID_INPUT', /^events: /);
    await expectRefused('events.publishMany', {}, 'INVALID_INPUT', /^events: /);
    const tooMany = { events: Array.from({ length: 501 }, () => event) };
    await expectRefused('events.publishMany', tooMany, 'INVALID_INPUT', /^events: /);
  });
});
