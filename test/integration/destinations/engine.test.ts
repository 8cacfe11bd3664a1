import { expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { startFakeDiscord } from '../../support/fake-discord.ts';
import { loginData } from '../../support/publishing.ts';

/** 200 for a soak: 80 s at Discord's own pace of 5 per 2 s. */
const count = Number(process.env['DISCORD_MESSAGES'] ?? 25);
const perMs = Number(process.env['DISCORD_WINDOW_MS'] ?? 400);

it('delivers every message of two webhooks of one Discord channel within its rate limit', async () => {
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
  // Each response's rate headers reach the queue before its next request, so it never causes a 429 itself.
  expect(discord.invalidRequests).toBe(0);
  expect(discord.requests.length).toBe(count);
  expect(discord.requests[0]?.headers['user-agent']).toContain('(https://hooks.acme.test, ');
  await app.whenIdle();
}, 200_000);
