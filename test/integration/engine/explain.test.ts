import { expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { loginData } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { untilCount } from '../../support/waits.ts';

it('explains for every webhook of an app what became of an event there, and why', async () => {
  await using app = await startTestApp({
    // A request that hangs outlasts the test.
    env: { RETRY_SCHEDULE: '20ms', DELIVERY_TIMEOUT_MS: '60000' },
  });
  await using receiver = await Receiver.start({
    answer: ({ path }) => (path === '/fails' || path === '/deleted' ? 500 : path === '/hangs' ? 'hang' : 200),
  });
  const appId = await app.createApp();
  const create = async (path: string, more: object = {}) =>
    (
      await app.call('webhooks.create', {
        appId,
        url: `${receiver.origin}/${path}`,
        events: ['user.login'],
        ...more,
      })
    ).id;
  const ids = {
    delivered: await create('ok'),
    failed: await create('fails'),
    pending: await create('hangs'),
    not_subscribed: await create('other', { events: ['user.ban'] }),
    disabled: await create('off', { enabled: false }),
    deleted: await create('deleted'),
  };
  const { id } = await app.call('events.publish', { appId, event: 'user.login', data: loginData });
  await untilCount(app.db.collection('deliveries'), { eventId: id, status: 'failed' }, 2);
  await app.call('webhooks.delete', { id: ids.deleted });
  const later = await create('late');
  const { verdicts, event } = await app.call('events.explain', { id });
  expect(event.id).toBe(id);
  const of = (webhookId: string) => verdicts.find((verdict) => verdict.webhookId === webhookId);
  expect(of(ids.delivered)).toMatchObject({ verdict: 'delivered', reason: null, attemptCount: 1 });
  expect(of(ids.failed)).toMatchObject({ verdict: 'failed', reason: 'http_status', attemptCount: 2 });
  expect(of(ids.failed)?.message).toContain('the endpoint returned 500');
  expect(of(ids.pending)).toMatchObject({ verdict: 'pending', reason: 'awaiting_first_attempt' });
  expect(of(ids.not_subscribed)).toMatchObject({ verdict: 'not_subscribed', deliveryId: null });
  expect(of(ids.disabled)).toMatchObject({ verdict: 'disabled', reason: 'by_user' });
  expect(of(later)).toMatchObject({ verdict: 'created_later' });
  // The delivery ended before the webhook was deleted, so the verdict is that of the delivery.
  expect(of(ids.deleted)).toMatchObject({ verdict: 'failed', url: null });
  expect(verdicts).toHaveLength(7);
});

it('explains a delivery that a deletion cancelled with the deleted webhook', async () => {
  await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10m' } });
  await using receiver = await Receiver.start({ answer: 500 });
  const appId = await app.createApp();
  const webhook = await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
  const { id } = await app.call('events.publish', { appId, event: 'user.login', data: loginData });
  await expect
    .poll(async () => (await app.call('events.explain', { id })).verdicts)
    .toMatchObject([{ verdict: 'pending', reason: 'http_status', attemptCount: 1 }]);
  await app.call('webhooks.delete', { id: webhook.id });
  expect((await app.call('events.explain', { id })).verdicts).toMatchObject([
    { verdict: 'deleted', url: null },
  ]);
});
