import { describe, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';

const app = useTestApp();
const receiver = useReceiver();

interface ChangeStream extends Disposable {
  readonly status: number;
  readonly text: string;
  readonly isEnded: boolean;
}

async function openStream(token: string): Promise<ChangeStream> {
  const connection = new AbortController();
  const response = await fetch(`${app.url}/session/changes`, {
    headers: { authorization: `Bearer ${token}` },
    signal: connection.signal,
  });
  const stream = {
    status: response.status,
    text: '',
    isEnded: false,
    [Symbol.dispose]: () => connection.abort(),
  };
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of response.body ?? []) stream.text += decoder.decode(chunk);
  };
  void read()
    .catch(() => undefined)
    .finally(() => (stream.isEnded = true));
  return stream;
}

const until = async (stream: ChangeStream, pattern: RegExp) =>
  await expect.poll(() => stream.text, { interval: 20 }).toMatch(pattern);

describe('the stream of changes', () => {
  it('names the kinds that changed and that the caller may read', async () => {
    const accountId = await app.createAccount();
    const appId = await app.createApp({ accountId });
    const { key } = await app.createKey({ accountId, scopes: ['webhooks:read'] });
    using all = await openStream(app.rootToken);
    using narrow = await openStream(key);
    await until(narrow, /^event: ping\ndata: 1\n\n/);
    const { id: webhookId } = await app.call('webhooks.create', {
      appId,
      url: receiver.url,
      events: ['user.login'],
    });
    await until(all, /data: \S*\bwebhooks\b/);
    await until(narrow, /data: \S*\bwebhooks\b/);
    await app.call('events.publish', { appId, event: 'user.login', data });
    await until(narrow, /data: \S*\bactivity\b/);
    await app.call('keys.create', { accountId, name: 'New', scopes: ['webhooks:read'] });
    await until(all, /data: \S*\bkeys\b/);
    expect(narrow.text).not.toMatch(/keys|audit/);
    expect(all.text).not.toContain(webhookId);
  });

  it('says nothing of another account, and nothing of another app to a key of one', async () => {
    const accountId = await app.createAccount();
    const [ours, theirs] = [await app.createApp({ accountId }), await app.createApp({ accountId })];
    const other = await app.createKey({ accountId: await app.createAccount() });
    const bound = await app.call('keys.create', {
      accountId,
      appId: ours,
      name: 'Bound',
      scopes: ['webhooks:read'],
    });
    using foreign = await openStream(other.key);
    using ofOurs = await openStream(bound.key);
    using all = await openStream(app.rootToken);
    await app.call('webhooks.create', { appId: theirs, url: receiver.url, events: ['user.login'] });
    await until(all, /data: \S*\bwebhooks\b/);
    await app.call('webhooks.create', { appId: ours, url: receiver.url, events: ['user.ban'] });
    await until(ofOurs, /data: \S*\bwebhooks\b/);
    expect(ofOurs.text.match(/webhooks/g)).toHaveLength(1);
    expect(foreign.text).not.toMatch(/webhooks/);
  });

  it('ends when the key is revoked, and is not opened without a valid one', async () => {
    const { id, key } = await app.createKey({});
    using stream = await openStream(key);
    await until(stream, /ping/);
    await app.call('keys.revoke', { id });
    await expect.poll(() => stream.isEnded).toBe(true);
    using again = await openStream(key);
    expect(again.status).toBe(401);
  });

  it('has at most 20 places for a key', async () => {
    const { key } = await app.createKey({ accountId: await app.createAccount() });
    const streams = await Promise.all(Array.from({ length: 20 }, async () => await openStream(key)));
    using rejected = await openStream(key);
    expect([streams.map(({ status }) => status), rejected.status]).toEqual([Array(20).fill(200), 429]);
    streams[0]?.[Symbol.dispose]();
    await expect
      .poll(async () => {
        using free = await openStream(key);
        return free.status;
      })
      .toBe(200);
    for (const stream of streams) stream[Symbol.dispose]();
  });
});

describe('responses to queries', () => {
  const read = async (path: string, headers: Record<string, string>) =>
    await fetch(`${app.url}/trpc/${path}`, {
      headers: { authorization: `Bearer ${app.rootToken}`, ...headers },
    });

  it('are compressed, and answered with 304 while nothing changed', async () => {
    const path = `events.types`;
    const first = await read(path, { 'accept-encoding': 'br' });
    expect(first.headers.get('content-encoding')).toBe('br');
    expect(first.headers.get('vary')).toContain('accept-encoding');
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(await first.json()).toHaveProperty('result.data.0.type');
    const tag = first.headers.get('etag') ?? '';
    const again = await read(path, { 'if-none-match': tag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await read(path, { 'if-none-match': 'W/"other"' })).status).toBe(200);
  });

  it('are not compressed if they can contain credentials, nor if they are errors or changes', async () => {
    const appId = await app.createApp();
    for (const event of ['user.login', 'user.ban', 'user.register'] as const) {
      await app.call('webhooks.create', { appId, url: `${receiver.url}/${event}`, events: [event] });
    }
    const headers = { 'accept-encoding': 'br' };
    const lists = await read(
      `webhooks.list,events.types?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: { appId }, 1: null }))}`,
      headers,
    );
    expect([lists.status, lists.headers.get('content-encoding')]).toEqual([200, null]);
    expect(lists.headers.get('etag')).toMatch(/^W\//);
    const query = encodeURIComponent(JSON.stringify({ query: new URL(receiver.url).host }));
    const search = await read(`search.find?input=${query}`, headers);
    expect([search.status, search.headers.get('content-encoding')]).toEqual([200, null]);
    expect((await search.text()).length).toBeGreaterThan(1_024);
    const error = await read('apps.get?input={}', headers);
    expect([error.status, error.headers.get('content-encoding'), error.headers.get('etag')]).toEqual([
      400,
      null,
      null,
    ]);
    const session = await fetch(`${app.url}/session`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ token: app.rootToken }),
    });
    expect([session.status, session.headers.get('content-encoding')]).toEqual([200, null]);
  });
});
