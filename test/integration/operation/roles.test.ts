import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

it('a worker sends, and serves its health and metrics only', async () => {
  await using receiver = await Receiver.start();
  const database = `test_${randomBytes(8).toString('hex')}`;
  const env = {
    ROOT_TOKEN: 'root_token_of_both_processes',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  await using api = await startTestApp({ database, env: { ...env, ROLE: 'api' } });
  await using worker = await startTestApp({ database, env: { ...env, ROLE: 'worker' } });
  const { publish } = await subscribe(api, receiver.url);
  await publish();
  await receiver.waitFor(1);

  const statusOf = async (path: string) => [path, (await worker.rest('GET', path)).status];
  for (const path of ['/healthz', '/readyz', '/metrics']) expect(await statusOf(path)).toEqual([path, 200]);
  expect((await worker.rest('GET', '/metrics', undefined, { token: null })).status).toBe(401);
  const refused = [
    '/',
    '/docs',
    '/openapi.json',
    '/asyncapi.json',
    '/session',
    '/v1/apps/a/webhooks',
    '/v1/admin/apps/a/webhooks',
  ];
  for (const path of refused) expect(await statusOf(path)).toEqual([path, 404]);
  expect((await worker.trpc('apps.list')).status).toBe(404);
  const event = await worker.rest('POST', '/v1/apps/a/events', { event: 'user.login', data: {} });
  expect(event.status).toBe(404);
  expect(event.json).toEqual({ error: 'not_found', message: 'no route POST /v1/apps/a/events' });
});

it('metrics are read with the root token or METRICS_TOKEN, which reads nothing else', async () => {
  const env = { METRICS_TOKEN: 'a_token_of_prometheus' };
  await using app = await startTestApp({ env });
  const { key } = await app.createKey();
  const statusOf = async (token: string | null, path = '/metrics') =>
    (await app.rest('GET', path, undefined, { token })).status;
  expect(await statusOf(app.rootToken)).toBe(200);
  expect(await statusOf(env.METRICS_TOKEN)).toBe(200);
  expect(await statusOf(key)).toBe(403);
  for (const token of [null, 'tsk_unknown', `${env.METRICS_TOKEN}x`]) expect(await statusOf(token)).toBe(401);
  expect(await statusOf(env.METRICS_TOKEN, '/trpc/apps.list')).toBe(401);
  await using open = await startTestApp({ env: { METRICS_PUBLIC: 'true' } });
  expect((await open.rest('GET', '/metrics', undefined, { token: null })).status).toBe(200);
});

it('an api process sends only test pings, whose result the caller waits for', async () => {
  await using receiver = await Receiver.start();
  await using api = await startTestApp({ env: { ROLE: 'api' } });
  const { publish, webhookId } = await subscribe(api, receiver.url);
  const eventId = await publish();
  expect(await api.call('webhooks.test', { id: webhookId })).toMatchObject({ delivered: true });
  const pinged = receiver.requests.map(({ headers }) => headers['webhook-id']);
  expect(pinged).toHaveLength(1);
  expect(pinged).not.toContain(eventId);
  const delivery = await api.call('deliveries.list', { eventId });
  expect(delivery.items).toMatchObject([{ status: 'pending', reason: 'awaiting_first_attempt' }]);
});
