import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { getDelivery, loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { untilAwaitingRetry } from '../../support/waits.ts';

async function publishTo(app: TestApp, appId: string, token: string): Promise<number> {
  const input = { appId, event: 'user.login', data: loginData };
  return (await app.trpc('events.publish', input, { token })).status;
}

it('takes nothing for a deleted app once its deletion returns, also where another process deleted it', async () => {
  const shared = {
    database: `test_${randomBytes(8).toString('hex')}`,
    env: { ROOT_TOKEN: 'root_token_of_both_processes', ENCRYPTION_KEY: randomBytes(32).toString('base64') },
  };
  await using here = await startTestApp(shared);
  await using there = await startTestApp(shared);
  const { key } = await here.createKey();
  const appId = await here.createApp();
  expect([await publishTo(here, appId, key), await publishTo(there, appId, key)]).toEqual([200, 200]);
  await here.call('apps.delete', { id: appId });
  expect(await publishTo(here, appId, key)).toBe(403);
  expect(await publishTo(there, appId, key)).toBe(403);
});

it('deletes the webhooks of an app with it, and shows no event of it any more', async () => {
  await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h' } });
  await using receiver = await Receiver.start({ answer: 500 });
  const { appId, webhookId, publish } = await subscribe(app, receiver.url);
  const other = await subscribe(app, receiver.url);
  const [ours, theirs] = [await publish(), await other.publish()];
  await untilAwaitingRetry(app, 2);
  await app.call('apps.delete', { id: appId });
  expect((await app.trpc('webhooks.get', { id: webhookId })).status).toBe(404);
  expect((await app.trpc('events.get', { id: ours })).status).toBe(404);
  expect(await getDelivery(app, theirs)).toMatchObject({ status: 'pending' });
  expect((await app.call('webhooks.get', { id: other.webhookId })).enabled).toBe(true);
});
