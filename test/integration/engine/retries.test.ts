import { describe, expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { getDelivery, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { clockRoundingMs, untilDelivery, untilWebhook } from '../../support/waits.ts';

const env = { RETRY_SCHEDULE: '50ms,200ms,400ms' };

describe('a delivery that fails', () => {
  it('is retried with growing delays, the same body and the same webhook-id until it succeeds', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start({ answer: (_, index) => (index < 2 ? 500 : 200) });
    const { publish } = await subscribe(app, receiver.url);
    const eventId = await publish();
    const requests = await receiver.waitFor(3);
    await app.whenIdle();
    const [first, second, third] = requests.map((request) => request.at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(50 - clockRoundingMs);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(200 - clockRoundingMs);
    expect(new Set(requests.map((request) => request.text)).size).toBe(1);
    expect(requests.map((request) => request.headers['webhook-id'])).toEqual([eventId, eventId, eventId]);
    const delivery = await getDelivery(app, eventId);
    expect(delivery).toMatchObject({
      status: 'delivered',
      reason: null,
      attemptCount: 3,
      nextAttemptAt: null,
    });
    expect(delivery.attempts.map(({ statusCode, reason }) => [statusCode, reason])).toEqual([
      [500, 'http_status'],
      [500, 'http_status'],
      [200, null],
    ]);
  });

  it('fails with a reason when its retry schedule is exhausted', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start({ answer: { status: 503, body: 'down', headers: {} } });
    const { publish } = await subscribe(app, receiver.url);
    const eventId = await publish();
    const delivery = await untilDelivery(app, eventId, 'failed');
    expect(delivery).toMatchObject({ reason: 'retries_exhausted', attemptCount: 4 });
    expect(delivery.attempts[0]).toMatchObject({ statusCode: 503, reply: 'down' });
    expect(receiver.requests).toHaveLength(4);
  });

  it('can be retried by hand, and keeps its earlier attempts', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10ms' } });
    await using receiver = await Receiver.start({ answer: 400 });
    const { publish } = await subscribe(app, receiver.url);
    const eventId = await publish();
    const { id } = await untilDelivery(app, eventId, 'failed');
    let answer: (status: number) => void = () => undefined;
    const answered = new Promise<number>((resolve) => {
      answer = resolve;
    });
    // The attempt must not end before the call returns, because the call returns the current state.
    receiver.answerWith(() => answered);
    expect(await app.call('deliveries.retry', { id })).toMatchObject({ status: 'pending' });
    answer(200);
    await receiver.waitFor(3);
    await app.whenIdle();
    expect(await getDelivery(app, eventId)).toMatchObject({ status: 'delivered', attemptCount: 3 });
  });

  it('is not retried before the time in Retry-After', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10ms,10ms' } });
    await using receiver = await Receiver.start({
      answer: (_, index) => (index === 0 ? { status: 429, headers: { 'retry-after': '1' } } : 200),
    });
    const { publish } = await subscribe(app, receiver.url);
    await publish();
    const [first, second] = await receiver.waitFor(2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000 - clockRoundingMs);
  });

  it('counts a redirect as a failure and never follows it', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10ms' } });
    await using elsewhere = await Receiver.start();
    await using receiver = await Receiver.start({
      answer: { status: 302, headers: { location: elsewhere.url } },
    });
    const { publish } = await subscribe(app, receiver.url);
    const eventId = await publish();
    const { attempts } = await untilDelivery(app, eventId, 'failed');
    expect(attempts[0]).toMatchObject({
      statusCode: 302,
      reason: 'redirect',
    });
    expect(elsewhere.requests).toEqual([]);
  });

  it('times out when the receiver does not respond', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10s', DELIVERY_TIMEOUT_MS: '300' } });
    await using receiver = await Receiver.start({ answer: 'hang' });
    const { publish } = await subscribe(app, receiver.url);
    const eventId = await publish();
    const { attempts } = await untilDelivery(app, eventId, { attemptCount: 1 });
    const [attempt] = attempts;
    expect(attempt).toMatchObject({ statusCode: null, reason: 'timeout' });
    expect(attempt?.durationMs).toBeGreaterThanOrEqual(290);
  });

  it('keeps the first 2 KiB of a reply', async () => {
    await using app = await startTestApp();
    await using receiver = await Receiver.start({ answer: { status: 200, body: 'x'.repeat(5_000) } });
    const { publish } = await subscribe(app, receiver.url);
    const eventId = await publish();
    await receiver.waitFor(1);
    await app.whenIdle();
    expect((await getDelivery(app, eventId)).attempts[0]?.reply).toBe('x'.repeat(2_048));
  });
});

describe('a webhook', () => {
  it('is disabled by 410, shows the reason, and receives no more events', async () => {
    await using app = await startTestApp();
    await using receiver = await Receiver.start({ answer: 410 });
    const { publish, webhookId } = await subscribe(app, receiver.url);
    const eventId = await publish();
    await untilDelivery(app, eventId, { status: 'failed', reason: 'gone', attemptCount: 1 });
    await untilWebhook(app, webhookId, {
      enabled: false,
      disabledReason: 'gone',
      health: { state: 'disabled' },
    });
    // The process that accepts events learns of the change a moment after it is stored.
    const publishAgain = async () => (await app.call('events.get', { id: await publish() })).deliveries;
    await expect.poll(publishAgain).toBe(0);
    await app.whenIdle();
    const before = receiver.requests.length;
    expect(await publishAgain()).toBe(0);
    await app.whenIdle();
    expect(receiver.requests).toHaveLength(before);
  });

  it('is disabled after failing for the configured time', async () => {
    await using app = await startTestApp({
      env: { RETRY_SCHEDULE: '100ms,100ms,100ms,100ms,100ms,100ms', DISABLE_AFTER: '200ms' },
    });
    await using receiver = await Receiver.start({ answer: 500 });
    const { publish, webhookId } = await subscribe(app, receiver.url);
    await publish();
    await untilWebhook(app, webhookId, {
      enabled: false,
      disabledReason: 'failing_too_long',
    });
  });

  it('shows its health', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10m' } });
    await using receiver = await Receiver.start({ answer: 500 });
    const { publish, webhookId } = await subscribe(app, receiver.url);
    await publish();
    await untilWebhook(app, webhookId, {
      health: {
        state: 'failing',
        failuresInARow: 1,
        lastFailureReason: 'http_status',
        lastSuccessAt: null,
      },
    });
    receiver.answerWith(200);
    await publish();
    await untilWebhook(app, webhookId, {
      health: {
        state: 'healthy',
        failuresInARow: 0,
        failingSince: null,
      },
    });
  });

  it('that is deleted receives no pending retry, and the delivery has the reason', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h' } });
    await using receiver = await Receiver.start({ answer: 500 });
    const { publish, webhookId } = await subscribe(app, receiver.url);
    const eventId = await publish();
    await untilDelivery(app, eventId, { attemptCount: 1 });
    await app.call('webhooks.delete', { id: webhookId });
    await app.whenIdle();
    expect(await getDelivery(app, eventId)).toMatchObject({ status: 'cancelled', reason: 'webhook_deleted' });
    expect(receiver.requests).toHaveLength(1);
  });

  it('that is disabled receives a pending retry once it is enabled', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h' } });
    await using receiver = await Receiver.start({ answer: 500 });
    const { publish, webhookId } = await subscribe(app, receiver.url);
    const eventId = await publish();
    await untilDelivery(app, eventId, { attemptCount: 1 });
    await app.call('webhooks.update', { id: webhookId, enabled: false });
    await untilDelivery(app, eventId, { status: 'pending', reason: 'webhook_disabled' });
    receiver.answerWith(200);
    await app.call('webhooks.update', { id: webhookId, enabled: true });
    await app.whenIdle();
    expect(await getDelivery(app, eventId)).toMatchObject({ status: 'delivered', attemptCount: 2 });
  });

  it('that gets a new URL receives a pending retry there', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h' } });
    await using before = await Receiver.start({ answer: 500 });
    await using after = await Receiver.start();
    const { publish, webhookId } = await subscribe(app, before.url);
    const eventId = await publish();
    const { id } = await untilDelivery(app, eventId, { attemptCount: 1 });
    await app.call('webhooks.update', { id: webhookId, url: after.url });
    await app.call('deliveries.retry', { id });
    const [request] = await after.waitFor(1);
    expect(request?.headers['webhook-id']).toBe(eventId);
    expect(before.requests).toHaveLength(1);
  });
});
