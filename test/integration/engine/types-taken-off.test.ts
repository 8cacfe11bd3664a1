import { expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { getDelivery, loginData } from '../../support/publishing.ts';
import { untilDelivery } from '../../support/waits.ts';

/** A delivery that failed once waits longer than any test takes. */
const app = useTestApp({ env: { RETRY_SCHEDULE: '1h,1h' } });
const receiver = useReceiver();

/** A webhook for two types, with a delivery of each that failed once. */
async function setUp() {
  receiver.answerWith(500);
  const appId = await app.createApp();
  const events = ['user.login', 'user.ban'];
  const { id: webhookId } = await app.call('webhooks.create', { appId, url: receiver.url, events });
  const publish = async (event: string) => {
    const banned = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };
    const input = { appId, event, data: event === 'user.ban' ? banned : loginData };
    const { id } = await app.call('events.publish', input);
    await untilDelivery(app, id, { status: 'pending', attemptCount: 1 });
    return id;
  };
  const [login, ban] = [await publish('user.login'), await publish('user.ban')];
  receiver.answerWith(200);
  return { appId, webhookId, login, ban };
}

async function explain(id: string) {
  const { verdicts } = await app.call('events.explain', { id });
  expect(verdicts).toHaveLength(1);
  return verdicts[0];
}

it('pending deliveries of a type that is taken off are cancelled, and others are not', async () => {
  const { appId, webhookId, login, ban } = await setUp();
  await app.call('webhooks.update', { id: webhookId, events: ['user.login'] });
  expect(await getDelivery(app, ban)).toMatchObject({
    status: 'cancelled',
    reason: 'not_subscribed',
    attemptCount: 1,
    nextAttemptAt: null,
    finishedAt: expect.any(String) as string,
  });
  expect(await getDelivery(app, login)).toMatchObject({ status: 'pending', reason: 'awaiting_retry' });
  const verdict = await explain(ban);
  expect(verdict).toMatchObject({ verdict: 'cancelled', reason: 'not_subscribed' });
  expect(verdict?.message).toMatch(
    /^Cancelled because the event type was taken off the webhook, on \S+Z after 1 attempt\. Last failure: the endpoint returned 500\. The webhook is not subscribed to user\.ban any more, so the delivery cannot be sent again\.$/,
  );
  const audit = await app.call('auditLog.list', { action: 'deliveries.cancelled', appId });
  expect(audit.items).toMatchObject([
    { targetId: webhookId, details: { count: 1, reason: 'not_subscribed' } },
  ]);

  const id = ban.replace('evt_', 'dlv_');
  const { error } = await app.trpc('deliveries.retry', { id });
  expect([error?.data.tocsin.code, error?.message]).toEqual([
    'NOT_RETRYABLE',
    `webhook ${webhookId} is not subscribed to user.ban; add it to its events to send delivery ${id} again`,
  ]);
  const replay = { webhookId, since: '2020-01-01T00:00:00Z', status: 'cancelled', dryRun: true };
  expect((await app.call('deliveries.replay', replay)).count).toBe(0);
  await app.call('webhooks.update', { id: webhookId, events: ['user.login', 'user.ban'] });
  expect((await app.call('deliveries.replay', replay)).count).toBe(1);
  await app.call('deliveries.retry', { id });
  await untilDelivery(app, ban, 'delivered');
});

it('REST takes types off in the same way', async () => {
  receiver.answerWith(500);
  const appId = await app.createApp();
  const events = ['license.created', 'license.deleted'];
  const created = await app.rest('POST', `/v1/apps/${appId}/webhooks`, { url: receiver.url, events });
  const { webhookId } = created.json as { webhookId: string };
  const data = { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'active' };
  const { id } = await app.call('events.publish', { appId, event: 'license.deleted', data });
  await untilDelivery(app, id, { status: 'pending', attemptCount: 1 });
  const change = { events: ['license.created'] };
  const { status } = await app.rest('PUT', `/v1/apps/${appId}/webhooks/${webhookId}`, change);
  expect(status).toBe(200);
  expect(await getDelivery(app, id)).toMatchObject({ status: 'cancelled', reason: 'not_subscribed' });
});

it('pending deliveries of a type that is taken off are kept if asked for, and can be retried', async () => {
  const { webhookId, ban } = await setUp();
  const keep = { id: webhookId, events: ['user.login'], pendingDeliveries: 'keep' };
  await app.call('webhooks.update', keep);
  expect(await getDelivery(app, ban)).toMatchObject({ status: 'pending', reason: 'awaiting_retry' });
  expect((await explain(ban))?.message).toMatch(
    /The webhook is not subscribed to user\.ban any more, and keeps its pending deliveries\.$/,
  );
  await app.call('deliveries.retry', { id: ban.replace('evt_', 'dlv_') });
  await untilDelivery(app, ban, 'delivered');
  expect((await explain(ban))?.message).toMatch(
    /^Delivered on .* The webhook is not subscribed to user\.ban any more\.$/,
  );
});

it('the owner cancels what becomes due after the type was taken off', async () => {
  const { webhookId, ban, login } = await setUp();
  // As an update would leave it that was interrupted before it cancelled: taken off, and still pending.
  const deliveries = app.db.collection('deliveries');
  const pending = await deliveries.findOne({ eventId: ban });
  if (pending === null) throw new Error('one is pending');
  await app.call('webhooks.update', { id: webhookId, events: ['user.login'] });
  await deliveries.replaceOne({ eventId: ban }, pending);
  expect((await explain(ban))?.message).toMatch(/so the delivery is cancelled when it is due\.$/);
  const before = receiver.requests.length;
  await deliveries.updateMany({ eventId: { $in: [ban, login] } }, { $set: { nextAt: new Date(0) } });
  await app.call('webhooks.update', { id: webhookId, description: 'looks for due deliveries' });
  await untilDelivery(app, ban, { status: 'cancelled', reason: 'not_subscribed', attemptCount: 1 });
  await untilDelivery(app, login, 'delivered');
  expect(receiver.requests.length).toBe(before + 1);
});
