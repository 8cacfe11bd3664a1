import { verifyRaw } from '@tocsin/client/receiver';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { untilAwaitingRetry, untilDelivery, untilWebhook } from '../../support/waits.ts';

const env = { RETRY_SCHEDULE: '1h,1h,1h' };
const minuteMs = 60_000;

/** Publishes events whose first attempt fails, so that each waits for its retry. */
async function withWaiting(app: TestApp, receiver: Receiver, count: number) {
  const { webhookId, publish } = await subscribe(app, receiver.url);
  receiver.answerWith(() => 500);
  const eventIds: string[] = [];
  for (let n = 0; n < count; n++) eventIds.push(await publish());
  await untilAwaitingRetry(app, count);
  const readBacklog = () => app.call('webhooks.backlog', { id: webhookId });
  return { webhookId, publish, eventIds, readBacklog };
}

describe('webhooks.sendWaiting', () => {
  it('sends what waits for a retry, and says how many there were', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start();
    const { webhookId, eventIds, readBacklog } = await withWaiting(app, receiver, 3);
    expect(await readBacklog()).toMatchObject({ waiting: 3, dueNow: 0, underWay: 0, failed: 0 });
    receiver.answerWith(() => 200);
    const sent = await app.call('webhooks.sendWaiting', { id: webhookId });
    expect(sent).toEqual({ count: 3, remaining: 0, test: null });
    await app.whenIdle();
    for (const eventId of eventIds) await untilDelivery(app, eventId, 'delivered');
    expect(await readBacklog()).toMatchObject({ waiting: 0, oldestAt: null, nextAttemptAt: null });
    const { items } = await app.call('auditLog.list', { action: 'webhook.backlog_sent' });
    expect(items).toMatchObject([{ targetId: webhookId, details: { count: 3, resumed: false } }]);
  });

  it('is rejected for a disabled webhook, like a retry, with the reason and what to do', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start();
    const { webhookId, eventIds } = await withWaiting(app, receiver, 1);
    await app.call('webhooks.update', { id: webhookId, enabled: false });
    const { error } = await app.trpc('webhooks.sendWaiting', { id: webhookId });
    expect(error?.data.tocsin.code).toBe('NOT_RETRYABLE');
    expect(error?.message).toContain(`webhook ${webhookId} was switched off by a user`);
    const { id } = await untilDelivery(app, eventIds[0] ?? '', 'pending');
    const retry = await app.trpc('deliveries.retry', { id });
    expect(retry.error?.data.tocsin.code).toBe('NOT_RETRYABLE');
    expect(retry.error?.message).toContain('enable the webhook first');
    expect(await app.call('webhooks.backlog', { id: webhookId })).toMatchObject({
      waiting: 1,
      nextAttemptAt: null,
    });
  });

  it('tests a paused webhook, and makes it active only if the test succeeds', async () => {
    const clock = new FakeClock(Date.now());
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h,1h,1h' }, clock });
    await using receiver = await Receiver.start();
    const { webhookId, publish, readBacklog } = await withWaiting(app, receiver, 9);
    clock.advance(minuteMs);
    await publish();
    await untilWebhook(app, webhookId, { health: expect.objectContaining({ state: 'paused' }) as unknown });
    const { error } = await app.trpc('webhooks.sendWaiting', { id: webhookId });
    expect(error?.message).toContain(`webhook ${webhookId} is paused, and its test ping failed (http_status`);
    expect(await app.call('webhooks.get', { id: webhookId })).toMatchObject({ health: { state: 'paused' } });
    receiver.answerWith(() => 200);
    const sent = await app.call('webhooks.sendWaiting', { id: webhookId });
    expect(sent).toMatchObject({ count: 10, remaining: 0, test: { delivered: true } });
    // The clock stands still, so that no probe comes: the circuit is closed at once.
    await expect.poll(readBacklog).toMatchObject({ waiting: 0 });
    expect(await app.call('webhooks.get', { id: webhookId })).toMatchObject({
      health: { state: 'healthy', failuresInARow: 0 },
    });
  });
});

describe('webhooks.sendSample', () => {
  it('sends a signed and marked example to this webhook only, and stores no event', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start();
    await using others = await Receiver.start();
    const { appId, webhookId, secret } = await subscribe(app, receiver.url);
    await subscribe(app, others.url, { appId });
    const sample = await app.call('webhooks.sendSample', { id: webhookId, event: 'license.revoked' });
    expect(sample).toMatchObject({ delivered: true, statusCode: 200, reason: null });
    const [request] = await receiver.waitFor(1);
    expect(request?.headers).toMatchObject({
      'webhook-id': sample.eventId,
      'x-tocsin-sample': 'true',
    });
    const { headers = {}, text = '' } = request ?? {};
    expect(await verifyRaw({ headers, body: text }, { secret })).toMatchObject({
      type: 'license.revoked',
      data: { appId },
    });
    expect((await app.call('events.list', { appId })).items).toEqual([]);
    expect((await app.call('deliveries.list', { webhookId })).items).toEqual([]);
    await app.whenIdle();
    expect(others.requests).toEqual([]);
    const { items } = await app.call('auditLog.list', { action: 'webhook.sample_sent' });
    expect(items).toMatchObject([{ targetId: webhookId, details: { event: 'license.revoked' } }]);
    const unknown = await app.trpc('webhooks.sendSample', { id: webhookId, event: 'license.revokd' });
    expect(unknown.error?.message).toContain('license.revoked');
  });
});

describe('webhooks.activity', () => {
  it('counts the attempts of a webhook by time, status, reason and event type', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10ms' } });
    await using receiver = await Receiver.start({ answer: (_, index) => (index < 2 ? 503 : 200) });
    const { webhookId, publish } = await subscribe(app, receiver.url);
    await untilDelivery(app, await publish(), 'failed');
    await untilDelivery(app, await publish(), 'delivered');
    // A shutdown saves the counts.
    await app.stop();
    await using next = await startTestApp({ database: app.database });
    const found = await next.call('webhooks.activity', { id: webhookId, hours: 1 });
    const totals = { attempts: 3, failedAttempts: 2, delivered: 1, failed: 1, cancelled: 0 };
    expect(found).toMatchObject({
      totals,
      errorRate: 2 / 3,
      statuses: [
        { statusCode: 503, attempts: 2 },
        { statusCode: 200, attempts: 1 },
      ],
      reasons: [{ reason: 'http_status', attempts: 2 }],
      types: [{ event: 'user.login', attempts: 3, failedAttempts: 2 }],
    });
    expect(found.series.at(-1)).toMatchObject(totals);
    expect(found.latencyMs?.p95).toBeGreaterThan(0);
    const month = await next.call('webhooks.activity', { id: webhookId, hours: 720 });
    expect(month.totals).toEqual(totals);
    expect(month.series.length).toBeLessThanOrEqual(62);
  });
});
