import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTocsinClient } from '../../../client/src/index.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { loginData } from '../../support/publishing.ts';

/** How often the long test cuts its connection; 200 for a soak. */
const cuts = Number(process.env['SUBSCRIPTION_CUTS'] ?? 20);
const published = cuts * 25;

/** A fetch whose streams can be cut by the test at any moment, as a network does. */
function cuttableFetch() {
  const open = new Set<AbortController>();
  const cuttable: typeof fetch = async (input, init) => {
    const controller = new AbortController();
    open.add(controller);
    const signal = AbortSignal.any([controller.signal, ...(init?.signal ? [init.signal] : [])]);
    return await fetch(input, { ...init, signal });
  };
  return {
    fetch: cuttable,
    cut: () => {
      for (const controller of open) controller.abort(new TypeError('connection cut by the test'));
      open.clear();
    },
  };
}

const clientOf = (app: TestApp, more: object = {}) =>
  createTocsinClient({
    url: app.url,
    token: app.rootToken,
    retry: { baseDelayMs: 5, maxDelayMs: 50 },
    logger: {},
    ...more,
  });

describe('a live subscription', () => {
  it('yields each event once and in commit order, however often its connection is cut', async () => {
    const database = `test_${randomBytes(8).toString('hex')}`;
    const env = {
      ROOT_TOKEN: 'root_token_of_both_processes',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    await using one = await startTestApp({ database, env });
    await using two = await startTestApp({ database, env });
    const appId = await one.createApp();
    const { fetch, cut } = cuttableFetch();
    const reader = clientOf(one, { fetch });
    const received: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of reader.events.subscribe({ appId }, { signal: stop.signal })) {
        received.push(event.id);
      }
    })();
    let failure: unknown;
    reading.catch((error: unknown) => (failure = error));
    // The subscription begins at some moment after the call: publish until it has begun.
    const publish = async (app: TestApp, count: number) =>
      await app.call('events.publishMany', {
        events: Array.from({ length: count }, () => ({ appId, event: 'user.login', data: loginData })),
      });
    const publishAndCount = async () => {
      await publish(one, 1);
      return received.length;
    };
    await expect.poll(publishAndCount, { interval: 200 }).toBeGreaterThan(0);
    const before = received.length;
    const isEnough = () => received.length >= before + published;
    for (let i = 0; i < cuts; i++) {
      await Promise.all([publish(one, 13), publish(two, 12)]);
      if (randomInt(2) === 0) await new Promise((resolve) => setTimeout(resolve, randomInt(20)));
      cut();
    }
    await expect.poll(() => [isEnough(), failure], { timeout: 60_000 }).toEqual([true, undefined]);
    stop.abort();
    await reading;
    // Commit order is the oplog's order; every published event is there once.
    const oplog = await one.db.client
      .db('local')
      .collection('oplog.rs')
      .find({ ns: `${database}.events`, op: 'i' })
      .sort({ $natural: 1 })
      .toArray();
    const nested = await one.db.client
      .db('local')
      .collection('oplog.rs')
      .find({ 'o.applyOps.ns': `${database}.events` })
      .toArray();
    expect(nested).toEqual([]);
    const committed = oplog.map((entry) => (entry['o'] as { _id: string })._id);
    const start = committed.indexOf(received[0] ?? '');
    expect(received).toEqual(committed.slice(start, start + received.length));
    expect(received.length).toBeGreaterThanOrEqual(before + published);
  }, 120_000);

  it('yields only the selected types and app, with typed payloads', async () => {
    await using app = await startTestApp();
    const [mine, other] = [await app.createApp(), await app.createApp()];
    const client = clientOf(app);
    const stop = new AbortController();
    const bans: string[] = [];
    const reading = (async () => {
      for await (const event of client.events.subscribe(
        { appId: mine, types: ['user.ban'] },
        { signal: stop.signal },
      )) {
        if (event.type === 'user.ban') bans.push(event.data.username);
      }
    })();
    const ban = { userId: 'u', username: 'mallory', reason: 'spam', bannedBy: 'root' };
    const publishAndCount = async () => {
      await app.call('events.publish', {
        appId: other,
        event: 'user.ban',
        data: { ...ban, username: 'other' },
      });
      await app.call('events.publish', { appId: mine, event: 'user.login', data: loginData });
      await app.call('events.publish', { appId: mine, event: 'user.ban', data: ban });
      return bans.length;
    };
    await expect.poll(publishAndCount, { interval: 200 }).toBeGreaterThan(0);
    stop.abort();
    await reading;
    expect(new Set(bans)).toEqual(new Set(['mallory']));
  });

  it("is rejected without the scope, for another account's app and with an invalid cursor", async () => {
    await using app = await startTestApp();
    const appId = await app.createApp();
    const open = async (token: string, input: object) =>
      await fetch(`${app.url}/trpc/events.subscribe?input=${encodeURIComponent(JSON.stringify(input))}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(30_000),
      }).then(async (response) => await response.text());
    const narrow = await app.createKey({ scopes: ['webhooks:read'] });
    expect(await open(narrow.key, { appId })).toContain('SCOPE_MISSING');
    const foreign = await app.createKey({ accountId: await app.createAccount() });
    expect(await open(foreign.key, { appId })).toContain('FORBIDDEN');
    expect(await open(app.rootToken, { appId, lastEventId: 'nonsense' })).toContain('INVALID_INPUT');
  });

  it('ends when its key is revoked', async () => {
    await using app = await startTestApp();
    const appId = await app.createApp();
    const { id, key } = await app.createKey();
    const response = await fetch(
      `${app.url}/trpc/events.subscribe?input=${encodeURIComponent(JSON.stringify({ appId }))}`,
      { headers: { authorization: `Bearer ${key}` } },
    );
    await app.call('keys.revoke', { id });
    expect(await response.text()).toContain('UNAUTHENTICATED');
  });
});
