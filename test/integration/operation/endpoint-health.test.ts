import { expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';
import { subscribe } from '../../support/publishing.ts';

/** Without a worker, so that health is only what these tests store and what the API makes of it. */
const app = useTestApp({ env: { ROLE: 'api' } });

/** A webhook whose endpoint has failed for a minute. */
async function pausedWebhook(): Promise<string> {
  const { webhookId } = await subscribe(app, 'http://127.0.0.1:9/old');
  const [since, at] = [new Date(Date.now() - 60_000), new Date()];
  const failures = { failuresInARow: 20, failingSince: since, lastFailureAt: at };
  await app.db
    .collection<{ _id: string }>('endpoint_health')
    .insertOne({ _id: webhookId, ...failures, lastFailureReason: 'http_status' } as { _id: string });
  expect(await healthOf(webhookId)).toMatchObject({ state: 'paused', failuresInARow: 20 });
  return webhookId;
}

const healthOf = async (id: string) => (await app.call('webhooks.get', { id })).health;

it('forgets the failures of an endpoint when its webhook gets another URL', async () => {
  const id = await pausedWebhook();
  const { health } = await app.call('webhooks.update', { id, url: 'http://127.0.0.1:9/new' });
  expect(health).toMatchObject({ failuresInARow: 0, failingSince: null, lastFailureAt: null });
  expect(health.state).not.toBe('paused');
  expect(await healthOf(id)).toEqual(health);
});

it('forgets them when a disabled webhook is enabled', async () => {
  const id = await pausedWebhook();
  await app.call('webhooks.update', { id, enabled: false });
  expect(await healthOf(id)).toMatchObject({ failuresInARow: 20 });
  const { health } = await app.call('webhooks.update', { id, enabled: true });
  expect(health).toMatchObject({ failuresInARow: 0 });
});

it('keeps them through any other change', async () => {
  const id = await pausedWebhook();
  const unchanged = { url: 'http://127.0.0.1:9/old', enabled: true, description: 'new', rateLimit: 5 };
  const { health } = await app.call('webhooks.update', { id, ...unchanged });
  expect(health).toMatchObject({ state: 'paused', failuresInARow: 20 });
});

it('lists the webhooks that fail, the worst first, and those of other accounts to none', async () => {
  const [bad, worse] = [await pausedWebhook(), await pausedWebhook()];
  await app.db
    .collection<{ _id: string }>('endpoint_health')
    .updateOne({ _id: worse }, { $set: { failuresInARow: 30 } });
  const failing = async (token: string) =>
    (await app.call('system.stats', { hours: 1 }, { token })).failingWebhooks.map(({ id }) => id);
  expect((await failing(app.rootToken)).filter((id) => [bad, worse].includes(id))).toEqual([worse, bad]);
  const { key } = await app.createKey({ accountId: await app.createAccount() });
  expect(await failing(key)).toEqual([]);
});
