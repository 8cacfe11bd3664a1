import { expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { startFakeDiscord } from '../../support/fake-discord.ts';
import { loginData } from '../../support/publishing.ts';

/** For a soak at Discord's own rate: DISCORD_MESSAGES=200 DISCORD_WINDOW_MS=2000. */
const count = Number(process.env['DISCORD_MESSAGES'] ?? 25);
const perMs = Number(process.env['DISCORD_WINDOW_MS'] ?? 400);

it('delivers all messages of two webhooks to one Discord URL within its rate limit', async () => {
  await using app = await startTestApp({ env: { PUBLIC_HOSTS: 'hooks.acme.test, acme.test' } });
  await using discord = await startFakeDiscord({ allow: { requests: 5, perMs } });
  const appId = await app.createApp();
  for (let i = 0; i < 2; i++) {
    await app.call('webhooks.create', {
      appId,
      url: discord.url,
      events: [i === 0 ? 'user.login' : 'user.ban'],
      format: 'discord',
    });
  }
  const ban = { userId: 'u', username: 'mallory', reason: 'spam', bannedBy: 'root' };
  await app.call('events.publishMany', {
    events: Array.from({ length: count }, (_, index) =>
      index % 2 === 0
        ? { appId, event: 'user.login', data: loginData }
        : { appId, event: 'user.ban', data: ban },
    ),
  });
  const timeout = (count / 5) * perMs * 2 + 15_000;
  await expect.poll(() => discord.messages.length, { interval: 50, timeout }).toBe(count);
  // Each request waits for the rate limit headers of the previous response, so Discord never responds 429.
  expect(discord.invalidRequests).toBe(0);
  expect(discord.requests.length).toBe(count);
  expect(discord.requests[0]?.headers['user-agent']).toContain('(https://hooks.acme.test, ');
  await app.whenIdle();
}, 200_000);

it.each([
  ['has an invalid token', (url: string) => `${url}x`, 1],
  ['was deleted', (url: string) => url.replace('1234567890', '1234567891'), 0],
])('disables a Discord webhook that %s after one request', async (_case, toUrl, invalidRequests) => {
  await using app = await startTestApp();
  await using discord = await startFakeDiscord();
  const appId = await app.createApp();
  const events = ['user.login'];
  const { id } = await app.call('webhooks.create', {
    appId,
    url: toUrl(discord.url),
    events,
    format: 'discord',
  });
  await app.call('events.publishMany', {
    events: Array.from({ length: 5 }, () => ({ appId, event: 'user.login', data: loginData })),
  });
  await expect
    .poll(async () => (await app.call('webhooks.get', { id })).disabledReason)
    .toBe('destination_removed');
  const list = async () => {
    const { items } = await app.call('deliveries.list', { webhookId: id });
    return items.map(({ status, reason }) => `${status}, ${reason}`).sort();
  };
  await expect
    .poll(list)
    .toEqual([
      'failed, destination_removed',
      ...Array.from({ length: 4 }, () => 'pending, webhook_disabled'),
    ]);
  expect(discord.requests.length).toBe(1);
  expect(discord.invalidRequests).toBe(invalidRequests);
});
