import { expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { getDelivery, loginData } from '../../support/publishing.ts';
import { untilDelivery } from '../../support/waits.ts';

/** A delivery that failed once waits longer than any test takes. */
const app = useTestApp({ env: { RETRY_SCHEDULE: '1h,1h' } });
const receiver = useReceiver();

const ban = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };

async function createWebhook(events: readonly string[]) {
  const appId = await app.createApp();
  const { id } = await app.call('webhooks.create', { appId, url: receiver.url, events: [...events] });
  const publish = async (event: string, data: object) =>
    await app.call('events.publish', { appId, event, data: { ...data } });
  return { appId, id, publish };
}

it.each([
  [['user.*'], 1, 0],
  [['*'], 1, 1],
  [['license.*', 'user.login'], 1, 1],
  [['user.login.*'], 0, 0],
])('a webhook for %j gets the events that match', async (events, login, revoked) => {
  const { appId, id, publish } = await createWebhook(events);
  expect((await app.call('webhooks.get', { id })).events).toEqual(events);
  expect((await publish('user.login', loginData)).deliveries).toBe(login);
  const license = { licenseKey: 'A3K9-BFWX', status: 'revoked' };
  expect((await publish('license.revoked', license)).deliveries).toBe(revoked);
  const [newest] = (await app.call('events.list', { appId, event: 'license.revoked' })).items;
  const { verdicts } = await app.call('events.explain', { id: newest?.id ?? '' });
  expect(verdicts.map(({ verdict }) => verdict === 'not_subscribed')).toEqual([revoked === 0]);
});

it('an update from a pattern to a name cancels the deliveries of its other types', async () => {
  receiver.answerWith(500);
  const { id, publish } = await createWebhook(['user.*']);
  const events = [await publish('user.login', loginData), await publish('user.ban', ban)];
  for (const event of events) await untilDelivery(app, event.id, { status: 'pending', attemptCount: 1 });
  await app.call('webhooks.update', { id, events: ['user.login', 'license.*'] });
  const [login, banned] = await Promise.all(events.map((event) => getDelivery(app, event.id)));
  expect([login?.status, banned?.reason]).toEqual(['pending', 'not_subscribed']);
  await app.call('webhooks.update', { id, events: ['*'] });
  expect((await getDelivery(app, events[0]?.id ?? '')).status).toBe('pending');
  receiver.answerWith(200);
});

it('a REST mount accepts no pattern', async () => {
  const appId = await app.createApp();
  const body = { url: 'https://93.184.216.34/', events: ['user.*'] };
  const { status, text } = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, body);
  expect([status, text]).toEqual([
    400,
    expect.stringContaining('unknown event \\"user.*\\"; known events are'),
  ]);
});

it('an unknown type is named with the nearest ones', async () => {
  const { appId } = await createWebhook(['*']);
  const { error } = await app.trpc('events.publish', { appId, event: 'license.revokd', data: {} });
  expect([error?.data.tocsin.code, error?.message]).toEqual([
    'UNKNOWN_EVENT',
    'event: unknown event "license.revokd"; did you mean license.revoked?',
  ]);
});
