import { describe, expect, it } from 'vitest';
import {
  appId,
  createKeyInput,
  createWebhookInput,
  deliveryId,
  eventId,
  idempotencyKey,
  pageLimit,
  publishInput,
  updateWebhookInput,
  webhookId,
} from '@tocsin/shared';

describe('ids', () => {
  it.each([
    [
      'webhookId',
      webhookId,
      'wh_0a1b2c3d4e5f',
      ['wh_0A1B2C3D4E5F', 'wh_0a1b2c3d4e5', 'wh_0a1b2c3d4e5f6', ' wh_0a1b2c3d4e5f'],
    ],
    [
      'eventId',
      eventId,
      'evt_01hzy3v9k2m4n6p8q0r2s4t600',
      ['evt_01hzy3v9k2m4n6p8q0r2s4t60', 'evt_01hzy3v9k2m4n6p8q0r2s4t6il'],
    ],
    ['deliveryId', deliveryId, 'dlv_01hzy3v9k2m4n6p8q0r2s4t600', ['evt_01hzy3v9k2m4n6p8q0r2s4t600', 'dlv_']],
  ] as const)('%s accepts only its own form', (_name, schema, right, wrong) => {
    expect(schema.safeParse(right).success).toBe(true);
    for (const id of [...wrong, '', `${right}\n`]) expect(schema.safeParse(id).success).toBe(false);
  });

  it('of apps can be chosen by the caller', () => {
    for (const id of [
      'app_xyz789',
      '550e8400-e29b-41d4-a716-446655440000',
      'shop.example',
      '7',
      'x'.repeat(128),
    ]) {
      expect(appId.safeParse(id).success).toBe(true);
    }
    for (const id of ['', 'a/b', 'a b', '.hidden', '-x', 'x'.repeat(129), 'é', 'a\n', '$where']) {
      expect(appId.safeParse(id).success).toBe(false);
    }
  });
});

describe('the input of a webhook', () => {
  const given = { appId: 'a', url: 'https://x.example', events: ['user.ban', 'user.ban', 'user.login'] };

  it('has defaults and removes duplicate events', () => {
    expect(createWebhookInput.parse(given)).toMatchObject({
      appId: 'a',
      url: 'https://x.example',
      events: ['user.ban', 'user.login'],
      enabled: true,
      profile: 'standard',
      format: 'auto',
    });
  });

  it('has no defaults in an update, so that missing fields stay unchanged', () => {
    const id = 'wh_0a1b2c3d4e5f';
    expect(updateWebhookInput.parse({ id })).toEqual({ id });
  });

  it('rejects the test pings as events and names them', () => {
    for (const name of ['test', 'test.ping', 'tocsin.started', 'No sense', '']) {
      const { error } = createWebhookInput.safeParse({ ...given, events: [name] });
      expect(error?.issues[0]?.message).toContain(`unknown event "${name}"`);
    }
  });
});

describe('the input of a publish call', () => {
  const given = { appId: 'a', event: 'user.login', data: {} };

  it('keeps all of data', () => {
    const data = { a: { b: [1, null] }, c: 'd' };
    expect(publishInput.parse({ ...given, data }).data).toEqual(data);
  });

  it('accepts timestamps with any offset, and none without', () => {
    for (const timestamp of [
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00.123456Z',
      '2026-01-01T00:00:00+02:00',
    ]) {
      expect(publishInput.safeParse({ ...given, timestamp }).success).toBe(true);
    }
    for (const timestamp of ['2026-01-01', '2026-01-01T00:00:00', 'now', '']) {
      expect(publishInput.safeParse({ ...given, timestamp }).success).toBe(false);
    }
  });

  it('accepts idempotency keys of 1 to 128 visible ASCII characters', () => {
    for (const key of ['k', '~'.repeat(128), 'order:1/2'])
      expect(idempotencyKey.safeParse(key).success).toBe(true);
    for (const key of ['', 'a b', 'a\n', 'é', 'k'.repeat(129)]) {
      expect(idempotencyKey.safeParse(key).success).toBe(false);
    }
  });
});

describe('the input of a key', () => {
  it('removes duplicate scopes, and never grants operator', () => {
    expect(createKeyInput.parse({ name: 'k', scopes: ['*', '*'] }).scopes).toEqual(['*']);
    expect(createKeyInput.safeParse({ name: 'k', scopes: ['operator'] }).success).toBe(false);
  });
});

describe('the size of a page', () => {
  it('is 1 to 200, and 50 by default', () => {
    expect(pageLimit.parse(undefined)).toBe(50);
    expect(pageLimit.parse('200')).toBe(200);
    for (const limit of [0, 201, 1.5, 'x', -1]) expect(pageLimit.safeParse(limit).success).toBe(false);
  });
});

describe('a stored timestamp', () => {
  const publication = { appId: 'a', event: 'user.login', data: {} };

  it('can have any year with four digits in UTC', () => {
    for (const timestamp of [
      '2026-01-01T00:00:00+14:00',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
      '9999-12-31T23:59:59+23:59',
    ]) {
      expect(publishInput.safeParse({ ...publication, timestamp }).success).toBe(true);
    }
  });

  it.each(['0000-01-01T00:00:00+00:01', '9999-12-31T23:59:59-23:59'])('is rejected as %s', (time) => {
    const message = 'must be within the years 0000 to 9999 of UTC';
    expect(publishInput.safeParse({ ...publication, timestamp: time }).error?.issues).toMatchObject([
      { path: ['timestamp'], message },
    ]);
    const key = { name: 'n', scopes: ['*'], expiresAt: time };
    expect(createKeyInput.safeParse(key).error?.issues).toMatchObject([{ path: ['expiresAt'], message }]);
  });
});
