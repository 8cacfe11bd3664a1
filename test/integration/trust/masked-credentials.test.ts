import { describe, expect, it } from 'vitest';
import type { Scope } from '@tocsin/shared';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

/* Header values and tokens in URLs are credentials of the receiver. Callers that only read never see them. */

const app = useTestApp({ env: { RETRY_SCHEDULE: '1ms' } });
const receiver = useReceiver({ answer: 500 });

const tokens = { path: 'Zx81kk9QpLmN0aBcDeFgHiJkL', query: 'short-1', header: 'GATEWAY-TOKEN' };

async function createWebhook() {
  const appId = await app.createApp();
  const url = `${receiver.origin}/hooks/${tokens.path}?key=${tokens.query}`;
  const headers = { authorization: `Bearer ${tokens.header}` };
  const created = await app.call('webhooks.create', { appId, url, events: ['user.login'], headers });
  return { appId, id: created.id, url, headers, created };
}

const readScopes: Scope[] = ['webhooks:read', 'deliveries:read', 'events:read'];
const masked = {
  url: () => `${receiver.origin}/hooks/••••?key=••••`,
  headers: { authorization: '••••' },
};

describe('a caller that only reads', () => {
  it('sees no header value and no token in any result', async () => {
    const { appId, id } = await createWebhook();
    const event = await app.call('events.publish', { appId, event: 'user.login', data: loginData });
    await app.whenIdle();
    const failing = async () => (await app.call('system.stats', { appId })).failingWebhooks;
    await expect.poll(failing).toHaveLength(1);
    const { key: token } = await app.createKey({ scopes: readScopes });
    const as = { token };
    const answers = await Promise.all([
      app.trpc('webhooks.get', { id }, as),
      app.trpc('webhooks.list', { appId }, as),
      app.trpc('events.explain', { id: event.id }, as),
      app.trpc('events.get', { id: event.id }, as),
      app.trpc('deliveries.list', { appId }, as),
      app.trpc('system.stats', { appId }, as),
      app.trpc('system.stats', {}, as),
      app.trpc('webhooks.update', { id, enabled: false }, as),
    ]);
    for (const { text } of answers) {
      for (const secret of Object.values(tokens)) expect(text).not.toContain(secret);
    }
    expect(answers[0].data).toMatchObject({ url: masked.url(), headers: masked.headers });
    expect(answers[1].data?.items[0]).toMatchObject({ url: masked.url(), headers: masked.headers });
    expect(answers[2].data?.verdicts[0]?.url).toBe(masked.url());
    expect(answers[5].data?.failingWebhooks[0]?.url).toBe(masked.url());
  });

  it('sees none through the published contracts, whose own callers see their URL', async () => {
    const appId = await app.createApp();
    const { key: reader } = await app.createKey({ scopes: ['webhooks:read'] });
    const url = `${receiver.origin}/api/webhooks/1234567890/abcdefg`;
    for (const [path, event] of [
      [`/v1/apps/${appId}/webhooks`, 'license.created'],
      [`/v1/admin/apps/${appId}/webhooks`, 'user.login'],
    ] as const) {
      const created = await app.rest('POST', path, { url, events: [event] });
      expect(created.text).toContain(url);
      expect((await app.rest('GET', path)).text).toContain(url);
      const read = await app.rest('GET', path, undefined, { token: reader });
      expect(read.text).toContain('/api/webhooks/1234567890/••••');
      expect(read.text).not.toContain('abcdefg');
    }
  });
});

describe('a caller that may write', () => {
  it('sees the values when it sets them and afterwards', async () => {
    const { id, url, headers, created } = await createWebhook();
    expect(created).toMatchObject({ url, headers });
    const { key } = await app.createKey({ scopes: ['webhooks:read', 'webhooks:write'] });
    expect(await app.call('webhooks.get', { id }, { token: key })).toMatchObject({ url, headers });
    const { key: writer } = await app.createKey({ scopes: ['webhooks:write'] });
    expect(await app.call('webhooks.update', { id, description: 'x' }, { token: writer })).toMatchObject({
      url,
      headers,
    });
  });

  it('keeps stored values by sending back masked ones', async () => {
    const { id, url, headers } = await createWebhook();
    const changed = await app.call('webhooks.update', {
      id,
      url: masked.url(),
      headers: { Authorization: '••••', 'x-new': '1' },
    });
    expect(changed).toMatchObject({ url, headers: { ...headers, 'x-new': '1' } });
  });

  it('is told if a masked value stands for nothing', async () => {
    const { id, appId } = await createWebhook();
    const send = async (change: object) => (await app.trpc('webhooks.update', { id, ...change })).error;
    expect(await send({ url: `${receiver.origin}/other/••••` })).toMatchObject({
      message: expect.stringContaining('contains the mask') as string,
      data: { tocsin: { code: 'INVALID_URL' } },
    });
    const copied = { appId, url: `${receiver.origin}/••••`, events: ['user.login'] };
    expect((await app.trpc('webhooks.create', copied)).error).toMatchObject({
      message: expect.stringContaining('contains the mask') as string,
      data: { tocsin: { code: 'INVALID_URL' } },
    });
    expect(await send({ headers: { 'x-unknown': '••••' } })).toMatchObject({
      message: expect.stringContaining('"x-unknown" has a masked value') as string,
      data: { tocsin: { code: 'INVALID_INPUT' } },
    });
    const moved = await send({ url: 'http://127.0.0.1:9/', headers: { authorization: '••••' } });
    expect(moved).toMatchObject({ data: { tocsin: { code: 'INVALID_INPUT' } } });
  });
});

describe('a stored webhook', () => {
  it('holds neither its URL nor its header values in clear', async () => {
    const { id } = await createWebhook();
    await app.call('webhooks.update', { id, headers: { 'x-other': 'another-credential' } });
    const stored = JSON.stringify(await app.db.collection<{ _id: string }>('webhooks').findOne({ _id: id }));
    for (const secret of [...Object.values(tokens), 'another-credential', receiver.origin]) {
      expect(stored).not.toContain(secret);
    }
  });

  it.each(['secret', 'url', 'headers'] as const)(
    'does not open the sealed %s of another webhook',
    async (field) => {
      const [victim, trap] = [await createWebhook(), await createWebhook()];
      const webhooks = app.db.collection<{ _id: string; secret: string; url: string; headers: string }>(
        'webhooks',
      );
      const sealed = await webhooks.findOne({ _id: victim.id });
      await webhooks.updateOne({ _id: trap.id }, { $set: { [field]: sealed?.[field] } });
      const at = receiver.requests.length;
      const answer = await app.trpc('webhooks.test', { id: trap.id });
      expect(answer.data).toMatchObject({ delivered: false, reason: 'internal_error' });
      expect(receiver.requests.length).toBe(at);
      // It can be listed and repaired.
      expect((await app.call('webhooks.list', { appId: trap.appId })).items).toHaveLength(1);
      await app.call('webhooks.update', { id: trap.id, url: receiver.url, headers: {} });
      await app.call('webhooks.rotateSecret', { id: trap.id, overlapHours: 24 });
      expect(await app.call('webhooks.test', { id: trap.id })).toMatchObject({ statusCode: 500 });
    },
  );
});
