import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import {
  cloudflareBlock,
  discordError,
  globalLimit,
  startFakeDiscord,
  webhookLimit,
  type FakeDiscord,
} from '../../support/fake-discord.ts';
import type { FakeResponse } from '../../support/fake-destination.ts';
import { loginData } from '../../support/publishing.ts';
import { testRootToken } from '../../support/server-process.ts';

/** Runs like the system's time, and can be moved ahead. */
class MovableClock {
  #offsetMs = 0;

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

const clock = new MovableClock();
const banData = { userId: 'u', username: 'mallory', reason: 'spam', bannedBy: 'root' };

/** Two processes on one database, each with half of the partitions. */
let one: TestApp;
let two: TestApp;

beforeAll(async () => {
  const options = {
    database: `test_${randomBytes(8).toString('hex')}`,
    env: { ROOT_TOKEN: testRootToken, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') },
    engineLimits: { invalidRequests: { perAddress: 1_000, perAccount: 5 } },
    clock,
  };
  one = await startTestApp(options);
  two = await startTestApp(options);
  const readShares = async (): Promise<number> => {
    const owners = await one.db.collection('partitions').distinct('owner', { owner: { $ne: null } });
    return owners.length;
  };
  const untilShared = async (): Promise<void> => {
    if ((await readShares()) < 2) throw new Error('one process owns all partitions');
  };
  await vi.waitFor(untilShared, { timeout: 15_000 });
});

afterAll(async () => {
  await two[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
});

/** An app of a new account. */
async function createCustomer(): Promise<string> {
  const { id: accountId } = await one.call('accounts.create', { name: 'customer' });
  return (await one.call('apps.create', { name: 'app', accountId })).id;
}

async function createWebhook(appId: string, url: string, event: 'user.login' | 'user.ban'): Promise<string> {
  return (await one.call('webhooks.create', { appId, url, events: [event], format: 'discord' })).id;
}

const publishBan = async (appId: string): Promise<string> =>
  (await one.call('events.publish', { appId, event: 'user.ban', data: banData })).id;

const publishLogin = async (appId: string): Promise<string> =>
  (await one.call('events.publish', { appId, event: 'user.login', data: loginData })).id;

/** Why the deliveries of an event wait or ended, as a process explains it. */
async function explain(app: TestApp, id: string): Promise<string[]> {
  const { verdicts } = await app.call('events.explain', { id });
  return verdicts
    .filter(({ deliveryId }) => deliveryId !== null)
    .map(({ verdict, reason }) => `${verdict} ${reason}`);
}

const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text);

/** 20 webhooks of two customers: one for bans, and 19 for logins. */
async function createWebhooks(discord: FakeDiscord) {
  const [first, second] = [await createCustomer(), await createCustomer()];
  const limited = await createWebhook(first, discord.url, 'user.ban');
  for (const [index, url] of discord.otherUrls.entries()) {
    await createWebhook(index < 9 ? first : second, url, 'user.login');
  }
  return { first, second, limited };
}

describe('a limit of our address at Discord', () => {
  it.each<[string, (seconds: number) => FakeResponse]>([
    ['its global limit', globalLimit],
    ['a block by Cloudflare', cloudflareBlock],
  ])(
    'after %s stops all webhooks of all customers in all processes, and ends by itself',
    async (_, respond) => {
      await using discord = await startFakeDiscord();
      const { first, second, limited } = await createWebhooks(discord);
      discord.override(() => respond(600));
      const ban = await publishBan(first);
      await expect.poll(() => explain(two, ban)).toEqual(['pending destination_limited']);
      await expect.poll(() => explain(one, ban)).toEqual(['pending destination_limited']);

      const logins = [await publishLogin(first), await publishLogin(second)];
      const waiting = { appId: { $in: [first, second] }, reason: 'destination_limited', attemptCount: 0 };
      await expect.poll(() => one.db.collection('deliveries').countDocuments(waiting)).toBe(19);
      expect(await Promise.all(logins.map((id) => explain(two, id)))).toEqual([
        times(9, 'pending destination_limited'),
        times(10, 'pending destination_limited'),
      ]);
      await expect(one.call('webhooks.test', { id: limited })).rejects.toThrow('chat service');
      expect(discord.requests.length).toBe(1);
      expect((await one.call('webhooks.get', { id: limited })).health).toMatchObject({
        state: 'healthy',
        failuresInARow: 0,
      });

      discord.override(undefined);
      clock.advance(600_000);
      await expect.poll(() => discord.messages.length).toBe(20);
      await expect.poll(() => explain(one, ban)).toEqual(['delivered null']);
      expect(discord.requests.length).toBe(21);
    },
  );
});

it('a limit of one webhook at Discord stops no other', async () => {
  await using discord = await startFakeDiscord();
  const { first, second } = await createWebhooks(discord);
  discord.override(({ path }) => (discord.url.endsWith(path) ? webhookLimit(600) : undefined));
  const ban = await publishBan(first);
  await expect.poll(async () => (await explain(two, ban)).length).toBe(1);
  await publishLogin(first);
  await publishLogin(second);
  await expect.poll(() => discord.messages.length).toBe(19);
  await publishBan(first);
  const waiting = { appId: first, type: 'user.ban', reason: 'destination_limited' };
  await expect.poll(() => one.db.collection('deliveries').countDocuments(waiting)).toBe(1);
  expect(discord.requests.length).toBe(20);
});

it('the errors of one customer use up its share at Discord, and others go on', async () => {
  await using discord = await startFakeDiscord();
  const [bad, good] = [await createCustomer(), await createCustomer()];
  const webhookId = await createWebhook(bad, discord.url, 'user.login');
  await createWebhook(good, discord.otherUrls[0] ?? '', 'user.login');
  discord.override(({ path }) =>
    discord.url.endsWith(path) ? discordError(403, 50_013, 'Missing Permissions') : undefined,
  );
  const events = Array.from({ length: 8 }, () => ({ appId: bad, event: 'user.login', data: loginData }));
  await one.call('events.publishMany', { events });
  const waiting = { webhookId, reason: 'destination_limited', attemptCount: 0 };
  await expect.poll(() => one.db.collection('deliveries').countDocuments(waiting)).toBe(3);
  expect(discord.requests.length).toBe(5);
  const login = await publishLogin(good);
  await expect.poll(() => explain(two, login)).toEqual(['delivered null']);
  expect(discord.requests.length).toBe(6);
});
