import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { getDelivery, loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
const shared = () => ({
  database: `test_${randomBytes(8).toString('hex')}`,
  env: { ROOT_TOKEN: 'root_token_of_both_processes', ENCRYPTION_KEY: randomBytes(32).toString('base64') },
});

describe('several processes on one database', () => {
  it('deliver what an api process accepted exactly once, by one of the workers', async () => {
    const { database, env } = shared();
    await using api = await startTestApp({ database, env: { ...env, ROLE: 'api' } });
    await using one = await startTestApp({ database, env: { ...env, ROLE: 'worker' } });
    await using two = await startTestApp({ database, env: { ...env, ROLE: 'worker' } });
    await using receiver = await Receiver.start();
    const { appId } = await subscribe(api, receiver.url);
    const events = Array.from({ length: 200 }, () => ({ appId, event: 'user.login', data: loginData }));
    await api.call('events.publishMany', { events });
    await receiver.waitFor(200);
    await api.whenIdle();
    expect(receiver.requests).toHaveLength(200);
    expect(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size).toBe(200);
    expect([one.url, two.url]).toHaveLength(2);
  });

  it('wake a worker in another process instead of leaving it to its poll', async () => {
    const { database, env } = shared();
    await using api = await startTestApp({ database, env: { ...env, ROLE: 'api' } });
    await using _worker = await startTestApp({ database, env: { ...env, ROLE: 'worker' } });
    await using receiver = await Receiver.start();
    const { publish } = await subscribe(api, receiver.url);
    const count = 20;
    const startedAt = performance.now();
    for (let i = 1; i <= count; i++) {
      await publish();
      await receiver.waitFor(i);
    }
    // Each event is claimed by a round of its own, and rounds that nothing wakes are at least 0.8 s apart.
    expect(performance.now() - startedAt).toBeLessThan((count - 1) * 800);
  });

  it('all know of a new webhook once its call returns, and of a disabled one', async () => {
    const { database, env } = shared();
    await using one = await startTestApp({ database, env });
    await using two = await startTestApp({ database, env });
    await using receiver = await Receiver.start();
    const appId = await one.createApp();
    const publishAtTwo = async () =>
      (await two.call('events.publish', { appId, event: 'user.login', data: loginData })).deliveries;
    expect(await publishAtTwo()).toBe(0);
    const { webhookId } = await subscribe(one, receiver.url, { appId });
    expect(await publishAtTwo()).toBe(1);
    await one.call('webhooks.update', { id: webhookId, enabled: false });
    expect(await publishAtTwo()).toBe(0);
  });

  it('a worker that stops gives back what it has not sent, and another sends it', async () => {
    const { database, env } = shared();
    await using receiver = await Receiver.start();
    const first = await startTestApp({ database, env });
    const { appId } = await subscribe(first, receiver.url, { rateLimit: 5 });
    const events = Array.from({ length: 10 }, () => ({ appId, event: 'user.login', data: loginData }));
    const answers = await first.call('events.publishMany', { events });
    await receiver.waitFor(1);
    await first.stop();
    expect(await first.db.collection('partitions').countDocuments({ owner: { $ne: null } })).toBe(0);
    await using second = await startTestApp({ database, env });
    await receiver.waitFor(10);
    await second.whenIdle();
    expect(receiver.requests).toHaveLength(10);
    for (const answer of answers) {
      if (!answer.ok) throw new Error(answer.message);
      expect((await getDelivery(second, answer.id)).status).toBe('delivered');
    }
    await first[Symbol.asyncDispose]();
  });
});
