import { expect, it } from 'vitest';
import { startTestReplicaSet } from '../support/mongod.ts';
import { loginData } from '../support/publishing.ts';
import { Receiver } from '../support/receiver.ts';
import { startServerProcess, testRootToken } from '../support/server-process.ts';

/** How long publishers continue while the database is away. */
const awayMs = Number(process.env['DATABASE_AWAY_MS'] ?? 0);

it('returns a retryable error while the database is away, and recovers by itself', async () => {
  await using set = await startTestReplicaSet({ members: 1 });
  const [member] = set.members;
  if (member === undefined) throw new Error('a set has a member');
  await using receiver = await Receiver.start();
  await using server = await startServerProcess({ MONGODB_URI: set.uri.replace('/?', '/tocsin?') });
  const call = async (path: string, body: object) =>
    await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${testRootToken}` },
      body: JSON.stringify(body),
    });
  await call('/trpc/apps.create', { id: 'away', name: 'Away' });
  await call('/trpc/webhooks.create', { appId: 'away', url: receiver.url, events: ['user.login'] });
  await call('/trpc/apps.create', { id: 'unread', name: 'Not in memory' });
  const publish = async (idempotencyKey: string, appId = 'away') =>
    await call(`/v1/apps/${appId}/events`, { event: 'user.login', data: loginData, idempotencyKey });
  expect((await publish('before')).status).toBe(202);
  await receiver.waitFor(1);

  await member.kill();
  const until = Date.now() + awayMs;
  do {
    // For the first app only the insert fails. The second is not cached, so its read fails.
    for (const appId of ['away', 'unread']) {
      const refused = await publish('during', appId);
      expect([refused.status, (await refused.json()) as unknown]).toMatchObject([
        503,
        { error: 'unavailable' },
      ]);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  } while (Date.now() < until);
  const readiness = await fetch(`${server.url}/readyz`);
  expect([readiness.status, (await readiness.json()) as unknown]).toEqual([
    503,
    {
      status: 'not_ready',
      checks: { database: 'unreachable', engine: 'ok', delivery: 'ok', indexes: 'unknown' },
    },
  ]);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

  await member.restart();
  await expect
    .poll(async () => (await publish('during')).status, { timeout: 30_000, interval: 200 })
    .toBe(202);
  await receiver.waitFor(2, { timeoutMs: 30_000 });
  expect(receiver.requests.map((request) => request.headers['webhook-id'])).toHaveLength(2);
});
