import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { getDelivery, loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { untilAwaitingRetry, untilDelivery } from '../../support/waits.ts';

/** A delivery that failed once waits longer than any test takes. */
const env = { RETRY_SCHEDULE: '1h,1h' };

describe('a cancellation', () => {
  it('counts first, then cancels the pending deliveries of one webhook', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start({ answer: 500 });
    const { appId, webhookId, publish } = await subscribe(app, receiver.url);
    const other = await subscribe(app, receiver.url, { appId });
    const eventIds = [await publish(), await publish(), await publish()];
    await untilAwaitingRetry(app, 6);
    const [eventId = ''] = eventIds;

    expect(await app.call('deliveries.cancel', { webhookId, dryRun: true })).toEqual({
      count: 3,
      underWay: 0,
      remaining: 0,
    });
    await untilAwaitingRetry(app, 6);
    expect(await app.call('deliveries.cancel', { webhookId })).toEqual({
      count: 3,
      underWay: 0,
      remaining: 0,
    });
    expect(await app.call('deliveries.cancel', { webhookId })).toEqual({
      count: 0,
      underWay: 0,
      remaining: 0,
    });
    await untilAwaitingRetry(app, 3);

    const { items } = await app.call('deliveries.list', { webhookId, status: 'cancelled' });
    expect(items.map((delivery) => [delivery.reason, delivery.nextAttemptAt])).toEqual([
      ['cancelled_by_user', null],
      ['cancelled_by_user', null],
      ['cancelled_by_user', null],
    ]);
    const id = items[0]?.id ?? '';
    const detail = await app.call('deliveries.get', { id });
    expect(detail).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_user', attemptCount: 1 });
    expect(detail.finishedAt).not.toBeNull();
    const { verdicts } = await app.call('events.explain', { id: eventId });
    const verdict = verdicts.find((one) => one.webhookId === webhookId);
    expect(verdict).toMatchObject({ verdict: 'cancelled', reason: 'cancelled_by_user' });
    expect(verdict?.message).toMatch(/^Cancelled by a user on \S+Z after 1 attempt\. Last failure: /);
    expect(verdicts.find((one) => one.webhookId === other.webhookId)).toMatchObject({ verdict: 'pending' });
    const audit = await app.call('auditLog.list', { action: 'deliveries.cancelled' });
    expect(audit.items).toMatchObject([{ appId, targetId: webhookId, details: { count: 3 } }]);

    receiver.answerWith(200);
    const before = receiver.requests.length;
    await app.call('deliveries.retry', { id });
    await receiver.waitFor(before + 1);
    await expect.poll(() => app.call('deliveries.get', { id })).toMatchObject({ status: 'delivered' });
  });

  it('cancels only deliveries that match all given ids, types and times', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start({ answer: 500 });
    const appId = await app.createApp();
    const events = ['user.login', 'user.ban'];
    const { id: webhookId } = await app.call('webhooks.create', { appId, url: receiver.url, events });
    const banned = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };
    const publish = async (event: string) => {
      const input = { appId, event, data: event === 'user.ban' ? banned : loginData };
      const { id } = await app.call('events.publish', input);
      // The ids of two events of one millisecond have no order.
      await pause(3);
      return id.replace('evt_', 'dlv_');
    };
    const [login1, ban1] = [await publish('user.login'), await publish('user.ban')];
    const [login2, ban2] = [await publish('user.login'), await publish('user.ban')];
    await untilAwaitingRetry(app, 4);
    const { createdAt: since } = await app.call('deliveries.get', { id: login2 });
    const countOf = async (choice: object) =>
      (await app.call('deliveries.cancel', { webhookId, dryRun: true, ...choice })).count;
    expect(await countOf({})).toBe(4);
    expect(await countOf({ since })).toBe(2);
    expect(await countOf({ until: since })).toBe(2);
    expect(await countOf({ events: ['user.ban'] })).toBe(2);
    expect(await countOf({ ids: [login1, ban1, ban2] })).toBe(3);
    expect(await countOf({ ids: [login1, ban1, ban2], until: since, events: ['user.ban'] })).toBe(1);
    const { error } = await app.trpc('deliveries.cancel', { webhookId, since, until: since });
    expect(error?.data.tocsin.code).toBe('INVALID_INPUT');
    expect(error?.message).toBe(`until: must be after since, ${since}`);

    await app.call('deliveries.cancel', { webhookId, since, events: ['user.ban'] });
    await app.call('deliveries.cancel', { webhookId, ids: [login1] });
    const { items } = await app.call('deliveries.list', { webhookId });
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      [ban2, 'cancelled'],
      [login2, 'pending'],
      [ban1, 'pending'],
      [login1, 'cancelled'],
    ]);
  });

  it('leaves first attempts in flight, and a success ends a delivery that was cancelled meanwhile', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1ms,1h' } });
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    await using receiver = await Receiver.start({
      answer: async (_, index) => {
        if (index === 0) return 500;
        await held;
        return 200;
      },
    });
    const { webhookId, publish } = await subscribe(app, receiver.url);
    // One on its second attempt, which has a document; one on its first, which has none yet.
    const retried = await publish();
    await receiver.waitFor(2);
    const fresh = await publish();
    await receiver.waitFor(3);
    expect(await app.call('deliveries.cancel', { webhookId })).toEqual({
      count: 1,
      underWay: 1,
      remaining: 0,
    });
    release();
    await app.whenIdle();
    for (const eventId of [retried, fresh]) {
      await untilDelivery(app, eventId, { status: 'delivered', reason: null });
    }
    expect(receiver.requests).toHaveLength(3);
  });

  it('cancels deliveries in memory once their webhook is disabled', async () => {
    await using app = await startTestApp({ env });
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    await using receiver = await Receiver.start({ answer: async () => (await held, 200) });
    const { appId, webhookId } = await subscribe(app, receiver.url);
    const event = { appId, event: 'user.login', data: loginData };
    await app.call('events.publishMany', { events: Array.from({ length: 100 }, () => event) });
    const { length: inFlight } = await receiver.waitFor(4);
    expect(await app.call('deliveries.cancel', { webhookId })).toEqual({
      count: 0,
      underWay: 100,
      remaining: 0,
    });
    await app.call('webhooks.update', { id: webhookId, enabled: false });
    release();
    await expect
      .poll(() => app.call('deliveries.cancel', { webhookId, dryRun: true }))
      .toEqual({
        count: 100 - inFlight,
        underWay: 0,
        remaining: 0,
      });
    expect((await app.call('deliveries.cancel', { webhookId })).count).toBe(100 - inFlight);
    expect(receiver.requests).toHaveLength(inFlight);
  });

  it('sends no cancelled delivery, and loses and double-counts none, beside concurrent attempts', async () => {
    await using app = await startTestApp({ env: { RETRY_SCHEDULE: '50ms,100ms,1h' } });
    await using receiver = await Receiver.start({ answer: 500 });
    const { appId, webhookId } = await subscribe(app, receiver.url);
    const event = { appId, event: 'user.login', data: loginData };
    await app.call('events.publishMany', { events: Array.from({ length: 400 }, () => event) });
    // While the second attempts are in flight.
    await receiver.waitFor(450);
    let counted = 0;
    // From four sides at once, while they are pulled, tried and put back.
    await expect
      .poll(
        async () => {
          const call = () => app.call('deliveries.cancel', { webhookId });
          for (const { count } of await Promise.all([call(), call(), call(), call()])) counted += count;
          return await app.db.collection('deliveries').countDocuments({ status: 'cancelled' });
        },
        { interval: 5 },
      )
      .toBe(400);
    expect(counted).toBe(400);
    // The results of requests in flight are added to cancelled deliveries.
    await expect
      .poll(async () => {
        const sent = new Map<string, number>();
        for (const { headers } of receiver.requests) {
          const id = String(headers['webhook-id']).replace('evt_', 'dlv_');
          sent.set(id, (sent.get(id) ?? 0) + 1);
        }
        const docs = await app.db
          .collection<{ _id: string; attemptCount: number }>('deliveries')
          .find()
          .toArray();
        return { stored: docs.length, wrong: docs.filter((doc) => doc.attemptCount !== sent.get(doc._id)) };
      })
      .toEqual({ stored: 400, wrong: [] });
    const entries = await app.call('auditLog.list', { action: 'deliveries.cancelled', limit: 200 });
    const onRecord = entries.items.reduce((sum, { details }) => sum + Number(details['count']), 0);
    expect(onRecord).toBe(400);
  });
});

describe('enabling a webhook again', () => {
  /** Creates a disabled webhook with two old deliveries and a young one. Returns a time between them. */
  async function withBacklog(app: TestApp, receiver: Receiver) {
    const { webhookId, publish } = await subscribe(app, receiver.url);
    const old = [await publish(), await publish()];
    await pause(5);
    const young = await publish();
    await untilAwaitingRetry(app, 3);
    await app.call('webhooks.update', { id: webhookId, enabled: false });
    receiver.answerWith(200);
    const { createdAt } = await getDelivery(app, young);
    const statuses = async () => {
      await expect
        .poll(async () => (await app.call('deliveries.list', { webhookId, status: 'pending' })).items)
        .toEqual([]);
      return await Promise.all([...old, young].map(async (id) => (await getDelivery(app, id)).status));
    };
    return { webhookId, since: createdAt, statuses };
  }

  it.each([
    ['sends its backlog by default', () => ({}), ['delivered', 'delivered', 'delivered']],
    ['sends it when asked to', () => ({ backlog: 'send' }), ['delivered', 'delivered', 'delivered']],
    ['cancels it', () => ({ backlog: 'cancel' }), ['cancelled', 'cancelled', 'cancelled']],
    [
      'cancels deliveries older than a time and sends the rest',
      (since: string) => ({ backlog: { since } }),
      ['cancelled', 'cancelled', 'delivered'],
    ],
  ] as const)('%s', async (_name, changeOf, expected) => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start({ answer: 500 });
    const { webhookId, since, statuses } = await withBacklog(app, receiver);
    const before = receiver.requests.length;
    await app.call('webhooks.update', { id: webhookId, enabled: true, ...changeOf(since) });
    expect(await statuses()).toEqual(expected);
    const sent = expected.filter((status) => status === 'delivered').length;
    expect(receiver.requests).toHaveLength(before + sent);
    const { items } = await app.call('auditLog.list', { action: 'deliveries.cancelled' });
    expect(items.map(({ details }) => details['count'])).toEqual(sent === 3 ? [] : [3 - sent]);
  });

  it('rejects `backlog` without `enabled: true`, or without the scope', async () => {
    await using app = await startTestApp({ env });
    await using receiver = await Receiver.start({ answer: 500 });
    const { webhookId } = await withBacklog(app, receiver);
    const update = async (change: object, token = app.rootToken) =>
      (await app.trpc('webhooks.update', { id: webhookId, backlog: 'cancel', ...change }, { token })).error
        ?.message;
    expect(await update({})).toBe('backlog: only allowed together with enabled: true');
    expect(await update({ enabled: false })).toBe('backlog: only allowed together with enabled: true');
    const { key } = await app.createKey({ scopes: ['webhooks:write'] });
    expect(await update({ enabled: true }, key)).toBe('this API key lacks the scope deliveries:write');
    expect(await app.call('webhooks.get', { id: webhookId })).toMatchObject({ enabled: false });
    expect(await app.db.collection('deliveries').countDocuments({ status: 'cancelled' })).toBe(0);
    await app.call('webhooks.update', { id: webhookId, enabled: true });
    expect(await update({ enabled: true })).toBe(
      `backlog: webhook ${webhookId} is already enabled; call deliveries.cancel to cancel its pending deliveries`,
    );
  });
});
