import { beforeEach, describe, expect, test } from 'vitest';
import type { SigningProfile } from '@tocsin/shared';
import { safeVerify } from '../../../client/src/receiver/index.ts';
import { FakeClock } from '../../support/clock.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import type { ReceivedRequest } from '../../support/receiver.ts';

const hour = 60 * 60 * 1000;
const clock = new FakeClock();
const app = useTestApp({ clock });
const receiver = useReceiver();
let appId: string;

beforeEach(async () => {
  appId = await app.createApp();
});

async function createWebhook(given: { profile?: SigningProfile; signing?: 'hmac' | 'ed25519' } = {}) {
  return await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'], ...given });
}

/** A test ping, as it arrived. */
async function ping(id: string): Promise<ReceivedRequest> {
  const before = receiver.requests.length;
  const { delivered, reason } = await app.call('webhooks.test', { id });
  expect({ delivered, reason }).toEqual({ delivered: true, reason: null });
  const request = receiver.requests[before];
  if (request === undefined) throw new Error('the ping did not arrive');
  return request;
}

async function isProvenBy(
  request: ReceivedRequest,
  profile: SigningProfile,
  secret: string,
): Promise<boolean> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return (await safeVerify({ headers, body: request.body }, { secret, profile, now: () => clock.now() })).ok;
}

describe('rotating a secret', () => {
  test('shows the new one once, and no list or view ever', async () => {
    const { id, secret } = await createWebhook();
    const rotated = await app.call('webhooks.rotateSecret', { id });
    expect(rotated.secret).toMatch(/^whsec_[0-9a-f]{32}$/);
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.previousSecretUntil).toBe(new Date(clock.now() + 24 * hour).toISOString());
    const shown = [
      (await app.trpc('webhooks.get', { id })).text,
      (await app.trpc('webhooks.list', { appId })).text,
      (await app.trpc('webhooks.update', { id, description: 'x' })).text,
      (await app.rest('GET', `/v1/apps/${appId}/webhooks`)).text,
      (await app.trpc('auditLog.list', { appId })).text,
    ];
    for (const text of shown) expect(text).not.toMatch(/whsec_|"secret"/);
  });

  test('signs with both in `standard` while they overlap, and with the new one alone after that', async () => {
    const { id, secret: old } = await createWebhook();
    const { secret: fresh } = await app.call('webhooks.rotateSecret', { id, overlapHours: 2 });
    const during = await ping(id);
    expect(await isProvenBy(during, 'standard', old)).toBe(true);
    expect(await isProvenBy(during, 'standard', fresh)).toBe(true);
    clock.advance(2 * hour);
    const after = await ping(id);
    expect(await isProvenBy(after, 'standard', old)).toBe(false);
    expect(await isProvenBy(after, 'standard', fresh)).toBe(true);
    expect((await app.call('webhooks.get', { id })).previousSecretUntil).toBeNull();
  });

  test.each(['authon', 'authforge'] as const)(
    'keeps proving with the old one in `%s` until the overlap ends, then with the new one',
    async (profile) => {
      const { id, secret: old } = await createWebhook({ profile });
      const { secret: fresh } = await app.call('webhooks.rotateSecret', { id, overlapHours: 2 });
      const during = await ping(id);
      expect(await isProvenBy(during, profile, old)).toBe(true);
      expect(await isProvenBy(during, profile, fresh)).toBe(false);
      clock.advance(2 * hour);
      const after = await ping(id);
      expect(await isProvenBy(after, profile, old)).toBe(false);
      expect(await isProvenBy(after, profile, fresh)).toBe(true);
    },
  );

  test('without an overlap ends the old one at once, and those before it', async () => {
    const { id, secret: first } = await createWebhook();
    const { secret: second } = await app.call('webhooks.rotateSecret', { id });
    const { secret: third } = await app.call('webhooks.rotateSecret', { id, overlapHours: 0 });
    const request = await ping(id);
    expect(await isProvenBy(request, 'standard', first)).toBe(false);
    expect(await isProvenBy(request, 'standard', second)).toBe(false);
    expect(await isProvenBy(request, 'standard', third)).toBe(true);
  });

  test('again during the overlap keeps the oldest in force: the second answer may have been lost', async () => {
    const { id, secret: first } = await createWebhook();
    const secrets = [first];
    for (let i = 0; i < 2; i++) secrets.push((await app.call('webhooks.rotateSecret', { id })).secret);
    const request = await ping(id);
    for (const secret of secrets) expect(await isProvenBy(request, 'standard', secret)).toBe(true);
  });

  test('keeps the three newest of the old ones, so that the header stays short', async () => {
    const { id, secret: first } = await createWebhook();
    const secrets = [first];
    for (let i = 0; i < 5; i++) secrets.push((await app.call('webhooks.rotateSecret', { id })).secret);
    const request = await ping(id);
    expect(String(request.headers['webhook-signature']).split(' ')).toHaveLength(4);
    const proven = await Promise.all(secrets.map((secret) => isProvenBy(request, 'standard', secret)));
    expect(proven).toEqual([false, false, true, true, true, true]);
  });

  test('twice at the same moment loses neither of the two new ones', async () => {
    const created = await Promise.all(Array.from({ length: 15 }, () => createWebhook()));
    const answers = await Promise.all(
      created.flatMap(({ id }) => [1, 2].map(() => app.call('webhooks.rotateSecret', { id }))),
    );
    for (const { id } of created) {
      const request = await ping(id);
      for (const { secret } of answers.filter((answer) => answer.id === id)) {
        expect(await isProvenBy(request, 'standard', secret)).toBe(true);
      }
    }
  });

  test.each([-1, 169, '24', null])('rejects an overlap of %j hours', async (overlapHours) => {
    const { id } = await createWebhook();
    const before = await app.fingerprint();
    const { status, error } = await app.trpc('webhooks.rotateSecret', { id, overlapHours });
    expect({ status, message: error?.message }).toMatchObject({ status: 400, message: /^overlapHours: / });
    expect(await app.fingerprint()).toEqual(before);
  });
});

describe('ed25519', () => {
  test('signs with a private key that the receiver never needs', async () => {
    const { id, secret, publicKey, signing } = await createWebhook({ signing: 'ed25519' });
    expect(signing).toBe('ed25519');
    const privateBytes = Buffer.from(secret.replace(/^whsk_/, ''), 'base64');
    const publicBytes = Buffer.from(publicKey?.replace(/^whpk_/, '') ?? '', 'base64');
    expect([secret.slice(0, 5), privateBytes.length, publicBytes.length]).toEqual(['whsk_', 64, 32]);
    expect(privateBytes.subarray(32)).toEqual(publicBytes);

    const request = await ping(id);
    expect(request.headers['webhook-signature']).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
    expect(await isProvenBy(request, 'standard', publicKey ?? '')).toBe(true);
    const other = await createWebhook({ signing: 'ed25519' });
    expect(await isProvenBy(request, 'standard', other.publicKey ?? '')).toBe(false);
  });

  test('shows the public key in every view, and the private one nowhere', async () => {
    const { id, publicKey } = await createWebhook({ signing: 'ed25519' });
    const views = [await app.trpc('webhooks.get', { id }), await app.trpc('webhooks.list', { appId })];
    for (const { text } of views) {
      expect(text).toContain(publicKey);
      expect(text).not.toContain('whsk_');
    }
  });

  test('rotates like a shared secret: both keys sign while they overlap', async () => {
    const { id, publicKey: old } = await createWebhook({ signing: 'ed25519' });
    const { publicKey: fresh } = await app.call('webhooks.rotateSecret', { id });
    const request = await ping(id);
    expect(await isProvenBy(request, 'standard', old ?? '')).toBe(true);
    expect(await isProvenBy(request, 'standard', fresh ?? '')).toBe(true);
  });

  test('can be turned on and off by an update, and for a day both ways are signed', async () => {
    const { id, secret } = await createWebhook();
    const { publicKey } = await app.call('webhooks.update', { id, signing: 'ed25519' });
    const on = await ping(id);
    expect(await isProvenBy(on, 'standard', publicKey ?? '')).toBe(true);
    expect(await isProvenBy(on, 'standard', secret)).toBe(true);

    await app.call('webhooks.update', { id, signing: 'hmac' });
    const { secret: shared } = await app.call('webhooks.rotateSecret', { id });
    const off = await ping(id);
    expect(await isProvenBy(off, 'standard', publicKey ?? '')).toBe(true);
    expect(await isProvenBy(off, 'standard', shared)).toBe(true);
    expect((await app.call('webhooks.get', { id })).publicKey).toBeNull();
  });

  test('does not go with a contract that knows shared secrets only', async () => {
    const input = { appId, url: receiver.url, events: ['user.login'], signing: 'ed25519', profile: 'authon' };
    const created = await app.trpc('webhooks.create', input);
    expect(created.error?.message).toMatch(/^signing: ed25519 requires the profile standard/);
    const { id } = await createWebhook({ signing: 'ed25519' });
    const updated = await app.trpc('webhooks.update', { id, profile: 'authforge' });
    expect(updated.error?.message).toMatch(/^signing: /);
    const both = await app.trpc('webhooks.update', { id, profile: 'authforge', signing: 'hmac' });
    expect(both.status).toBe(200);
    const request = await ping(id);
    expect(request.headers['x-authforge-signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
  });
});
