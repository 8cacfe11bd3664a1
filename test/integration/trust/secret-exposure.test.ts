import { describe, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';

/*
 * The profile `authon` sends the secret itself. A caller with `webhooks:write` must not be able to send a
 * secret that it never saw to an endpoint of its own, in whatever steps it gets there.
 */

const app = useTestApp();
const real = useReceiver();
const evil = useReceiver();

type Step = Record<string, unknown>;

/** Creates a webhook and a key that may only write webhooks. */
async function createVictim(input: Step = {}) {
  const appId = await app.createApp();
  const webhook = await app.call('webhooks.create', {
    appId,
    url: real.url,
    events: ['user.login'],
    ...input,
  });
  const { key } = await app.createKey({ scopes: ['webhooks:write'] });
  const update = (change: Step) => app.call('webhooks.update', { id: webhook.id, ...change }, { token: key });
  const ping = () => app.call('webhooks.test', { id: webhook.id }, { token: key });
  return { webhook, appId, key, update, ping };
}

/** The steps that make a webhook send its secret to `evil`, from a webhook of the profile. */
const routes: [string, Step, Step[]][] = [
  ['at once', { profile: 'standard' }, [{ url: 'evil', profile: 'authon' }]],
  ['the URL first', { profile: 'standard' }, [{ url: 'evil' }, { profile: 'authon' }]],
  ['the profile first', { profile: 'standard' }, [{ profile: 'authon' }, { url: 'evil' }]],
  ['from authforge', { profile: 'authforge' }, [{ url: 'evil' }, { profile: 'authon' }]],
  ['from authon', { profile: 'authon' }, [{ url: 'evil' }]],
  [
    'through standard',
    { profile: 'authon' },
    [{ profile: 'standard' }, { url: 'evil' }, { profile: 'authon' }],
  ],
  [
    'through a chat format',
    { profile: 'authon' },
    [{ format: 'discord' }, { url: 'evil' }, { format: 'json' }],
  ],
  [
    'through the other kind of signing',
    { profile: 'standard' },
    [{ signing: 'ed25519' }, { signing: 'hmac', url: 'evil' }, { profile: 'authon' }],
  ],
  [
    'with both changes of signing and profile at once',
    { profile: 'standard' },
    [{ signing: 'ed25519' }, { signing: 'hmac', url: 'evil', profile: 'authon' }],
  ],
  ['while it is disabled', { profile: 'authon' }, [{ enabled: false }, { url: 'evil' }, { enabled: true }]],
];

describe('a secret in force', () => {
  it.each(routes)('never reaches another origin: %s', async (_, input, steps) => {
    const { webhook, update, ping } = await createVictim(input);
    const at = evil.requests.length;
    let shown: string | undefined;
    for (const step of steps) {
      const { secret } = await update({ ...step, ...(step['url'] === 'evil' ? { url: evil.url } : {}) });
      shown = secret ?? shown;
      await ping();
    }
    await ping();
    const sent = evil.requests.slice(at).flatMap(({ headers }) => headers['x-webhook-secret'] ?? []);
    expect(sent.length).toBeGreaterThan(0);
    expect(sent).not.toContain(webhook.secret);
    // The caller that made the change was shown the secret that is sent from now on.
    expect(sent.at(-1)).toBe(shown);
    // Putting everything back does not bring the old one back.
    const restored = await update({ url: real.url, profile: 'authon', format: 'json' });
    expect(restored.secret).toBeDefined();
    expect([webhook.secret, shown]).not.toContain(restored.secret);
  });

  it('is not sent during the overlap of a rotation either', async () => {
    const { webhook, update, ping } = await createVictim({ profile: 'authon' });
    await app.call('webhooks.rotateSecret', { id: webhook.id, overlapHours: 24 });
    const at = evil.requests.length;
    const { secret, previousSecretUntil } = await update({ url: evil.url });
    expect(previousSecretUntil).toBeNull();
    await ping();
    expect(evil.requests.slice(at).map(({ headers }) => headers['x-webhook-secret'])).toEqual([secret]);
  });

  it('stays the same for a plain change of URL under the other profiles, and of the path under authon', async () => {
    for (const profile of ['authforge', 'standard']) {
      const { update } = await createVictim({ profile });
      expect(await update({ url: evil.url })).not.toHaveProperty('secret');
    }
    const { webhook, update, ping } = await createVictim({ profile: 'authon' });
    const at = real.requests.length;
    expect(await update({ url: `${real.origin}/another/path` })).not.toHaveProperty('secret');
    expect(await update({ profile: 'authon', url: `${real.origin}/another/path` })).not.toHaveProperty(
      'secret',
    );
    await ping();
    expect(real.requests[at]?.headers['x-webhook-secret']).toBe(webhook.secret);
  });

  it('is replaced by the contract of AuthForge too, which shows the new one', async () => {
    const appId = await app.createApp();
    const path = `/v1/apps/${appId}/webhooks`;
    const created = await app.rest('POST', path, { url: real.url, events: ['license.created'] });
    const { webhookId } = created.json as { webhookId: string };
    const plain = await app.rest('PUT', `${path}/${webhookId}`, { url: `${real.origin}/plain` });
    expect(Object.keys(plain.json as object)).toEqual([
      'webhookId',
      'appId',
      'url',
      'events',
      'enabled',
      'lastDeliveryAt',
      'createdAt',
    ]);
    await app.call('webhooks.update', { id: webhookId, profile: 'authon' });
    const moved = await app.rest('PUT', `${path}/${webhookId}`, { url: evil.url });
    expect((moved.json as { secret?: string }).secret).toMatch(/^whsec_[0-9a-f]{32}$/);
  });
});

describe('the custom headers of a webhook', () => {
  const headers = { authorization: 'Bearer the-receivers-own', 'x-tenant': 'one' };

  it('are dropped by a change of the origin, which says so in its result and the audit log', async () => {
    const { webhook, update, ping } = await createVictim({ headers });
    const at = evil.requests.length;
    const moved = await update({ url: evil.url, headers: { 'x-tenant': 'two' } });
    expect(moved.droppedHeaders).toEqual(['authorization']);
    await ping();
    expect(evil.requests[at]?.headers).toMatchObject({ 'x-tenant': 'two' });
    expect(evil.requests[at]?.headers).not.toHaveProperty('authorization');
    const back = await update({ url: real.url });
    expect(back.droppedHeaders).toEqual(['x-tenant']);
    expect(back.headers).toEqual({});
    const { items: entries } = await app.call('auditLog.list', { limit: 200 });
    const items = entries.filter(({ targetId }) => targetId === webhook.id);
    const dropped = items.flatMap(({ details }) => details['droppedHeaders'] ?? []);
    expect(dropped).toEqual(['x-tenant', 'authorization']);
    expect(JSON.stringify(items)).not.toContain('the-receivers-own');
  });

  it('stay with another path of the same origin', async () => {
    const { update } = await createVictim({ headers });
    const after = await update({ url: `${real.origin}/other` });
    expect(after).not.toHaveProperty('droppedHeaders');
    expect(after.headers).toEqual(headers);
  });
});
