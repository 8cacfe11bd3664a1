import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { seriesIn } from '../../support/exposition.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { FakeClock } from '../../support/clock.ts';
import { Receiver } from '../../support/receiver.ts';
import { clockRoundingMs, untilCount, untilDelivery } from '../../support/waits.ts';

/** How often something was claimed from the database. */
async function readMetric(app: TestApp, metric: string, label: string, value: string) {
  const series = seriesIn((await app.rest('GET', '/metrics')).text);
  return series.find(({ name, labels }) => name === metric && labels[label] === value)?.value;
}

/** How often work was read from the database. */
const claims = (app: TestApp) => readMetric(app, 'tocsin_commit_batch_size_count', 'kind', 'claim');

describe('fairness', () => {
  it('never has more than 32 requests in flight to one webhook, and delivers all', async () => {
    await using app = await startTestApp();
    let most = 0;
    const held: (() => void)[] = [];
    await using receiver = await Receiver.start({
      answer: async (_, index) => {
        // The first successes allow as many requests as there may be.
        if (index < 60) return 200;
        const answered = new Promise<void>((resolve) => held.push(resolve));
        most = Math.max(most, held.length);
        // Held until as many as may be are in flight; the rest of 300 is less than that.
        if (held.length === 32 || index >= 288) for (const answer of held.splice(0)) answer();
        await answered;
        return 200;
      },
    });
    const { appId } = await subscribe(app, receiver.url);
    const events = Array.from({ length: 300 }, () => ({ appId, event: 'user.login', data: loginData }));
    await app.call('events.publishMany', { events });
    await receiver.waitFor(300);
    await app.whenIdle();
    expect(most).toBe(32);
    expect(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size).toBe(300);
  });

  it('delivers to a healthy webhook while another hangs with hundreds waiting', async () => {
    await using app = await startTestApp({ env: { DELIVERY_TIMEOUT_MS: '60000' } });
    await using hanging = await Receiver.start({ answer: 'hang' });
    await using healthy = await Receiver.start();
    const slow = await subscribe(app, hanging.url);
    const quick = await subscribe(app, healthy.url);
    await app.call('events.publishMany', {
      events: Array.from({ length: 400 }, () => ({
        appId: slow.appId,
        event: 'user.login',
        data: loginData,
      })),
    });
    await hanging.waitFor(4);
    for (let i = 0; i < 20; i++) await quick.publish();
    // Long before a request that hangs ends.
    await healthy.waitFor(20);
    expect(hanging.requests).toHaveLength(4);
  });

  it('delivers at once beside many webhooks of another account that hang', async () => {
    await using app = await startTestApp({
      env: { DELIVERY_TIMEOUT_MS: '60000' },
      engineLimits: { maxInFlightTotal: 20, placesForFast: 5 },
    });
    await using hanging = await Receiver.start({ answer: 'hang' });
    await using healthy = await Receiver.start();
    const slow = await app.createApp({ accountId: await app.createAccount() });
    const quick = await app.createApp({ accountId: await app.createAccount() });
    for (let n = 0; n < 8; n++) await subscribe(app, `${hanging.origin}/${n}`, { appId: slow });
    const { publish } = await subscribe(app, healthy.url, { appId: quick });
    await app.call('events.publishMany', {
      events: Array.from({ length: 30 }, () => ({ appId: slow, event: 'user.login', data: loginData })),
    });
    await hanging.waitFor(8);
    for (let n = 0; n < 20; n++) await publish();
    await healthy.waitFor(20);
    // Half of the places that are not kept for fast endpoints.
    expect(hanging.requests).toHaveLength(8);
  });

  it('keeps to the rate limit of a webhook', async () => {
    await using app = await startTestApp();
    await using receiver = await Receiver.start();
    const { publish } = await subscribe(app, receiver.url, { rateLimit: 20 });
    const startedAt = Date.now();
    await Promise.all(Array.from({ length: 11 }, () => publish()));
    const requests = await receiver.waitFor(11);
    // Ten gaps of 50 ms. From before the first request, which can arrive late.
    expect((requests.at(-1)?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(500 - clockRoundingMs);
  });

  it('hands one event to each of five webhooks of its app', async () => {
    await using app = await startTestApp();
    await using receiver = await Receiver.start();
    const appId = await app.createApp();
    const hooks = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => subscribe(app, `${receiver.origin}/${n}`, { appId })),
    );
    const published = await app.call('events.publish', { appId, event: 'user.login', data: loginData });
    expect(published.deliveries).toBe(5);
    const requests = await receiver.waitFor(5);
    expect(requests.map((request) => request.path).toSorted()).toEqual(['/1', '/2', '/3', '/4', '/5']);
    await app.whenIdle();
    const { items } = await app.call('deliveries.list', { eventId: published.id });
    expect(items.map((item) => item.webhookId).toSorted()).toEqual(
      hooks.map((hook) => hook.webhookId).toSorted(),
    );
    expect(new Set(items.map((item) => item.status))).toEqual(new Set(['delivered']));
  });

  it('defers deliveries of a paused webhook without reading them, and delays no other webhook', async () => {
    const database = `test_${randomBytes(8).toString('hex')}`;
    const env = {
      ROOT_TOKEN: 'root_token_of_both_processes',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    await using failing = await Receiver.start({ answer: 500 });
    await using healthy = await Receiver.start();
    await using before = await startTestApp({ database, env });
    const { appId, webhookId } = await subscribe(before, failing.url);
    await subscribe(before, healthy.url, { appId });
    await before.stop();
    const health = {
      failuresInARow: 20,
      failingSince: new Date(Date.now() - 60_000),
      lastFailureAt: new Date(),
      lastFailureReason: 'http_status',
    };
    await before.db.collection<{ _id: string }>('endpoint_health').insertOne({ _id: webhookId, ...health });
    // Starts after the health is stored, so that it has not read it before. Its time stands still, so that the pause
    // does not end during the test.
    await using app = await startTestApp({ database, env, clock: new FakeClock(Date.now()) });
    const publish = async () =>
      (await app.call('events.publish', { appId, event: 'user.login', data: loginData })).id;
    // One may be sent before its health is read, one is the probe: from then on it is paused, for 5 s.
    for (const count of [1, 2]) {
      await publish();
      const reasons = async () =>
        (await app.call('deliveries.list', { webhookId })).items.map((item) => item.reason);
      const attempted = { status: 'pending', reason: { $ne: 'awaiting_first_attempt' } };
      await untilCount(app.db.collection('deliveries'), { webhookId, ...attempted }, count);
      expect(await reasons()).toHaveLength(count);
      await expect.poll(() => readMetric(app, 'tocsin_endpoint_queues', 'state', 'paused')).toBe(1);
    }
    const requestsBefore = failing.requests.length;
    const claimsBefore = await claims(app);
    const ids = await Promise.all([1, 2, 3].map(() => publish()));
    await healthy.waitFor(5);
    const paused = async () => {
      const { items } = await app.call('deliveries.list', { webhookId, status: 'pending' });
      return items.filter((item) => item.reason === 'webhook_paused').map((item) => item.eventId);
    };
    await expect.poll(paused).toEqual(expect.arrayContaining(ids));
    expect(await claims(app)).toBe(claimsBefore);
    expect(failing.requests).toHaveLength(requestsBefore);
  });

  it.each([
    ['for a second', 503, 1_000],
    ['for as long as it asks', { status: 503, headers: { 'retry-after': '2' } }, 2_000],
  ] as const)('sends nothing %s to a webhook that answered 503', async (_name, busy, pauseMs) => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '50ms,50ms,50ms' } });
    await using receiver = await Receiver.start({ answer: (_, index) => (index === 0 ? busy : 200) });
    const { publish } = await subscribe(app, receiver.url);
    const first = await publish();
    await untilDelivery(app, first, { attemptCount: 1 });
    await Promise.all(Array.from({ length: 19 }, () => publish()));
    const requests = await receiver.waitFor(21);
    // The answer left after the first request came, so the pause is at least as long where both are measured.
    expect((requests[1]?.at ?? 0) - (requests[0]?.at ?? 0)).toBeGreaterThanOrEqual(pauseMs - clockRoundingMs);
    await app.whenIdle();
    const { items } = await app.call('deliveries.list', { limit: 200 });
    expect(items.map((item) => item.status)).toEqual(Array.from({ length: 20 }, () => 'delivered'));
  });
});
