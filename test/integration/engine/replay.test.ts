import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../../server/src/domain/event.ts';
import { toDeliveryId } from '../../../server/src/domain/ids.ts';
import { MongoReplayStore } from '../../../server/src/store/mongo/deliveries/replay-store.ts';
import { getCollections } from '../../../server/src/store/mongo/documents/collections.ts';
import { toEventDoc, type EventDoc } from '../../../server/src/store/mongo/documents/event.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { anEvent } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { untilCount } from '../../support/waits.ts';

const since = '2026-01-01T00:00:00.000Z';

async function failMany(app: TestApp, appId: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, () => ({ appId, event: 'user.login', data: loginData }));
  await app.call('events.publishMany', { events });
  await untilCount(app.db.collection('deliveries'), { status: 'failed' }, count);
}

/** Stores the first delivery of each event as one that ended a minute ago. */
async function insertDeliveries(
  app: TestApp,
  status: 'delivered' | 'failed',
  events: readonly EventDoc[],
): Promise<void> {
  const finishedAt = new Date(Date.now() - 60_000);
  await getCollections(app.db).deliveries.insertMany(
    events.map(({ _id, appId, accountId, type, targets: [webhookId = ''], at }) => ({
      _id: toDeliveryId(_id, 0),
      eventId: _id,
      appId,
      accountId,
      webhookId,
      type,
      status,
      attempts: [{ at: finishedAt, ms: 3, status: status === 'failed' ? 500 : 200 }],
      attemptCount: 1,
      at,
      finishedAt,
    })),
  );
}

/** Stores events that are not in the outbox, with deliveries that ended a minute ago. */
async function insertEnded(
  app: TestApp,
  status: 'delivered' | 'failed',
  events: readonly AcceptedEvent[],
): Promise<void> {
  const docs = events.map(toEventDoc);
  await getCollections(app.db).events.insertMany(docs);
  await insertDeliveries(app, status, docs);
}

describe('a replay', () => {
  it('counts first, then sends each failed delivery once, in batches, and reports progress', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1ms' } });
    await using receiver = await Receiver.start({ answer: 500 });
    const { appId, webhookId } = await subscribe(app, receiver.url);
    await failMany(app, appId, 250);
    receiver.answerWith(200);
    const before = receiver.requests.length;
    expect(await app.call('deliveries.replay', { webhookId, since, dryRun: true })).toEqual({
      jobId: null,
      count: 250,
    });
    const { jobId, count } = await app.call('deliveries.replay', { webhookId, since });
    expect(count).toBe(250);
    await expect
      .poll(async () => (await app.call('deliveries.replays', { webhookId })).items)
      .toMatchObject([{ id: jobId, status: 'done', total: 250, done: 250 }]);
    await app.whenIdle();
    const again = receiver.requests.slice(before).map((request) => request.headers['webhook-id']);
    expect(again).toHaveLength(250);
    expect(new Set(again).size).toBe(250);
    expect((await app.call('auditLog.list', { action: 'deliveries.replayed' })).items).toMatchObject([
      { targetId: webhookId, details: { count: 250 } },
    ]);
  });

  it('can be cancelled, which leaves the rest unchanged', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1ms' } });
    await using receiver = await Receiver.start({ answer: 400 });
    const { appId, webhookId } = await subscribe(app, receiver.url);
    await failMany(app, appId, 450);
    receiver.answerWith(200);
    const { jobId } = await app.call('deliveries.replay', { webhookId, since });
    await expect
      .poll(async () => (await app.call('deliveries.replays', {})).items[0]?.done)
      .toBeGreaterThan(0);
    expect(await app.call('deliveries.cancelReplay', { id: jobId })).toMatchObject({ status: 'cancelled' });
    await app.whenIdle();
    const [replay] = (await app.call('deliveries.replays', {})).items;
    const done = replay?.done ?? 0;
    expect(replay).toMatchObject({ id: jobId, status: 'cancelled', total: 450 });
    // The batch that was under way is counted; a later one never is.
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(450);
    const count = async (status: string) => await app.db.collection('deliveries').countDocuments({ status });
    expect([await count('delivered'), await count('failed')]).toEqual([done, 450 - done]);
  });

  it('is rejected for a disabled webhook and for a range that ends before it begins', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1ms' } });
    await using receiver = await Receiver.start({ answer: 400 });
    const { appId, webhookId } = await subscribe(app, receiver.url);
    await failMany(app, appId, 1);
    const until = '2025-01-01T00:00:00.000Z';
    expect((await app.trpc('deliveries.replay', { webhookId, since, until })).error?.data.tocsin.code).toBe(
      'INVALID_INPUT',
    );
    await app.call('webhooks.update', { id: webhookId, enabled: false });
    expect((await app.trpc('deliveries.replay', { webhookId, since })).error?.data.tocsin.code).toBe(
      'NOT_RETRYABLE',
    );
  });
});

it('leaves delivered what it was sending again when its webhook is deleted', async () => {
  // No process sends here, so a batch of the replay waits in the queue.
  await using app = await startTestApp({ env: { ROLE: 'api' } });
  await using receiver = await Receiver.start();
  const { webhookId, publish } = await subscribe(app, receiver.url);
  const ids = [await publish(), await publish(), await publish()];
  const collections = getCollections(app.db);
  await insertDeliveries(app, 'delivered', await collections.events.find({ _id: { $in: ids } }).toArray());
  await app.call('deliveries.replay', { webhookId, since, status: 'delivered' });
  const replays = new MongoReplayStore(collections);
  const claim = { afterAccountId: undefined, leaseMs: 30_000, pace: { burst: 2, perSecond: 2 } };
  const job = await replays.claimNext({ ...claim, now: Date.now() + 1_000 });
  if (job === undefined) throw new Error('the replay runs');
  expect(await replays.requeueSome(job, Date.now())).toBe(2);

  await app.call('webhooks.delete', { id: webhookId });
  const found = await collections.deliveries.find({ webhookId }).toArray();
  expect(found.map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
  expect(await replays.requeueSome(job, Date.now())).toBe(0);
  expect(await replays.get(job.id)).toMatchObject({ status: 'cancelled', done: 2 });
});

describe('the statistics', () => {
  it('count what was accepted, delivered and failed, and put failing webhooks first', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1ms' } });
    await using receiver = await Receiver.start({ answer: ({ path }) => (path === '/bad' ? 500 : 200) });
    const good = await subscribe(app, `${receiver.origin}/good`);
    const bad = await subscribe(app, `${receiver.origin}/bad`, { appId: good.appId });
    await good.publish();
    await good.publish();
    const ended = { accepted: 2, delivered: 2, failed: 2 };
    await expect
      .poll(async () => {
        const stats = await app.call('system.stats', { hours: 1 });
        const { totals, successRate, queue, failingWebhooks, series } = stats;
        const accepted = series.reduce((sum, point) => sum + point.accepted, 0);
        return { totals, successRate, queue, failing: failingWebhooks.map(({ id }) => id), accepted };
      })
      .toEqual({
        totals: { ...ended, pending: 0, cancelled: 0, attempts: 6, failedAttempts: 4 },
        successRate: 0.5,
        queue: { pending: 0, dueNow: 0, oldestDueAt: null, isCapped: false },
        failing: [bad.webhookId],
        accepted: 2,
      });
  });

  it('report the median and the 99th percentile latency with the precision of the buckets', async () => {
    await using app = await startTestApp({ env: { ROLE: 'api' } });
    const appId = await app.createApp();
    expect((await app.call('system.stats', { appId, hours: 1 })).latencyMs).toBeNull();
    // Half of them within 10 to 20 ms, half within 200 to 500 ms.
    const counts = { accepted: 100, delivered: 100, latency: { 3: 50, 7: 50 } };
    await app.db.collection('activity').insertOne({ appId, at: new Date(), ...counts });
    const { latencyMs, successRate } = await app.call('system.stats', { appId, hours: 1 });
    expect({ latencyMs, successRate }).toEqual({ latencyMs: { p50: 20, p99: 494 }, successRate: 1 });
  });
});

describe('replays of several accounts', () => {
  it('run in turns: neither a large job nor many jobs of one account delay those of others', async () => {
    // Its time stands still, so an account that used up its pace gets no more.
    const clock = new FakeClock(Date.now());
    await using app = await startTestApp({ clock });
    await using receiver = await Receiver.start();
    const ownWithFailed = async (count: number) => {
      const accountId = await app.createAccount();
      const appId = await app.createApp({ accountId });
      const { webhookId } = await subscribe(app, receiver.url, { appId });
      const acceptedAt = clock.now() - 60_000;
      const event = { appId, accountId, acceptedAt, targets: [webhookId] };
      await insertEnded(
        app,
        'failed',
        Array.from({ length: count }, () => anEvent(event)),
      );
      return { webhookId };
    };
    const large = await ownWithFailed(600);
    const small = await Promise.all([1, 1, 1].map(ownWithFailed));
    for (let n = 0; n < 5; n++) {
      await app.call('deliveries.replay', { webhookId: large.webhookId, since });
    }
    const jobs = await Promise.all(
      small.map(async ({ webhookId }) => await app.call('deliveries.replay', { webhookId, since })),
    );
    const statusOf = async (webhookId: string) =>
      (await app.call('deliveries.replays', { webhookId })).items.map(({ status }) => status);
    for (const { webhookId } of small) {
      await expect.poll(() => statusOf(webhookId)).toEqual(['done']);
    }
    expect(jobs.map(({ count }) => count)).toEqual([1, 1, 1]);
    expect(await statusOf(large.webhookId)).toContain('running');
  });
});
