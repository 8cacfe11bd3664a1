import { randomBytes } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import type { DeliveryDoc } from '../../../server/src/store/mongo/documents/delivery.ts';
import { createIds } from '../../../server/src/services/common/ids.ts';
import { startTestApp, type ProcedurePath, type TestApp } from '../../support/app.ts';
import { MongoRelay } from '../../support/mongo-relay.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { untilAwaitingRetry } from '../../support/waits.ts';

/** The database's clock, which a test moves ahead. */
function createMovableClock() {
  let ahead = 0;
  return { now: () => Date.now() + ahead, advance: (ms: number) => void (ahead += ms) };
}

/** Longer than the settle time of a deletion. */
const settledMs = 120_000;

/** Longer than the time until the first sweep after a deletion is done. */
const lateSweepMs = 11 * 60_000;

const collections = ['webhooks', 'events', 'deliveries', 'replays', 'activity', 'idempotent_calls'];

async function countOf({ db }: TestApp, appId: string): Promise<number> {
  const counts = await Promise.all(collections.map((name) => db.collection(name).countDocuments({ appId })));
  return counts.reduce((sum, count) => sum + count, 0);
}

const publishInput = (appId: string, idempotencyKey?: string) => ({
  appId,
  event: 'user.login',
  data: loginData,
  ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
});

/** Two processes on one database. */
async function startTwo(more: { readonly env?: Record<string, string> } = {}) {
  const shared = {
    database: `test_${randomBytes(8).toString('hex')}`,
    env: {
      ROOT_TOKEN: 'root_token_of_both_processes',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ...more.env,
    },
  };
  return [await startTestApp(shared), await startTestApp(shared)] as const;
}

/** An app whose webhook fails, with a published event, its delivery and a replay job. */
async function fillApp(app: TestApp, url: string, accountId: string) {
  const appId = await app.createApp({ accountId });
  const { webhookId } = await subscribe(app, url, { appId });
  const { id: eventId } = await app.call('events.publish', publishInput(appId, 'order-1'));
  await untilAwaitingRetry(app, 1);
  const deliveryId = eventId.replace(/^evt_/, 'dlv_');
  await app.call('deliveries.cancel', { webhookId });
  const since = '2026-01-01T00:00:00.000Z';
  const replay = { webhookId, since, status: 'cancelled', idempotencyKey: appId };
  const { jobId } = await app.call('deliveries.replay', replay);
  return { appId, webhookId, eventId, deliveryId, replayId: jobId ?? '' };
}

it('shows nothing of the app from the answer on, in another process neither, and erases all of it', async () => {
  const [here, there] = await startTwo({ env: { RETRY_SCHEDULE: '1h' } });
  await using one = here;
  await using other = there;
  await using receiver = await Receiver.start({ answer: { status: 500, body: 'secret reply' } });
  const accountId = await one.createAccount();
  const { key } = await one.createKey({ accountId });
  const kept = await one.createApp({ accountId });
  const { id: keptEventId } = await one.call('events.publish', publishInput(kept));
  const ours = await fillApp(one, receiver.url, accountId);
  for (const app of [one, other])
    expect((await app.call('events.get', { id: ours.eventId })).id).toBe(ours.eventId);

  await one.call('apps.delete', { id: ours.appId }, { token: key });

  const reads: [ProcedurePath, object][] = [
    ['apps.get', { id: ours.appId }],
    ['apps.list', {}],
    ['webhooks.list', { appId: ours.appId }],
    ['webhooks.get', { id: ours.webhookId }],
    ['events.list', {}],
    ['events.list', { appId: ours.appId }],
    ['events.get', { id: ours.eventId }],
    ['events.explain', { id: ours.eventId }],
    ['deliveries.list', {}],
    ['deliveries.list', { appId: ours.appId }],
    ['deliveries.list', { webhookId: ours.webhookId }],
    ['deliveries.list', { eventId: ours.eventId }],
    ['deliveries.get', { id: ours.deliveryId }],
    ['deliveries.retry', { id: ours.deliveryId }],
    ['deliveries.replays', {}],
    ['deliveries.replays', { webhookId: ours.webhookId }],
    ['deliveries.cancelReplay', { id: ours.replayId }],
    ...Object.values(ours).map((query): [ProcedurePath, object] => ['search.find', { query }]),
    ['search.timeline', { value: 'testuser' }],
    ['search.timeline', { appId: ours.appId }],
    ['search.timeline', { webhookId: ours.webhookId }],
    ['system.stats', { appId: ours.appId }],
  ];
  for (const app of [other, one]) {
    for (const token of [app.rootToken, key]) {
      for (const [path, input] of reads) {
        const answer = await app.trpc(path, input, { token });
        expect([path, answer.status]).toEqual([path, expect.toBeOneOf([200, 403, 404]) as number]);
        // An error repeats the id that the caller named.
        const shown =
          answer.status === 200 ? Object.values(ours).filter((id) => answer.text.includes(id)) : [];
        expect([path, shown]).toEqual([path, []]);
        expect(answer.text).not.toContain('secret reply');
      }
      const rest = await app.rest('GET', `/v1/apps/${ours.appId}/deliveries`, undefined, { token });
      expect(rest.status).toBe(403);
      const { items } = await app.call('events.list', {}, { token });
      expect(items.map(({ id }) => id)).toEqual([keptEventId]);
      const stats = await app.call('system.stats', {}, { token });
      expect([stats.totals.pending, stats.failingWebhooks]).toEqual([0, []]);
    }
  }

  await expect.poll(() => countOf(one, ours.appId)).toBe(0);
  expect(await countOf(one, kept)).toBeGreaterThan(0);
  for (const token of [one.rootToken, key]) {
    const { items } = await one.call('apps.deletions', {}, { token });
    expect(items).toMatchObject([
      {
        appId: ours.appId,
        accountId,
        status: 'running',
        erased: { webhooks: 1, events: 1, deliveries: 1, replays: 1 },
      },
    ]);
  }
  const { key: foreign } = await one.createKey();
  expect((await one.call('apps.deletions', {}, { token: foreign })).items).toEqual([]);
});

it('gives no id to a customer that it asks for, and no deleted id to anyone', async () => {
  await using app = await startTestApp();
  const { key } = await app.createKey({ accountId: await app.createAccount() });
  const taken = await app.createApp();
  for (const id of [taken, 'app_that_is_free']) {
    const { status, error } = await app.trpc('apps.create', { id, name: 'Mine' }, { token: key });
    expect([status, error?.message]).toEqual([
      400,
      'id: only the operator may choose it; omit it to get a generated id',
    ]);
  }
  await app.call('apps.delete', { id: taken });
  const again = await app.trpc('apps.create', { id: taken, name: 'Again' });
  expect([again.status, again.error?.message]).toEqual([
    409,
    `the id ${taken} belonged to a deleted app; choose another one`,
  ]);
  const mine = await app.call('apps.create', { name: 'Mine' }, { token: key });
  expect(mine.id).toMatch(/^app_[0-9a-f]{16}$/);
});

it('tells a customer the same of a foreign app, a deleted one and one that never existed', async () => {
  await using app = await startTestApp();
  const { key: token } = await app.createKey({ accountId: await app.createAccount() });
  const [foreign, deleted] = [await app.createApp(), await app.createApp()];
  await app.call('apps.delete', { id: deleted });
  const answersFor = async (appId: string) => {
    const webhook = { appId, url: 'http://127.0.0.1:9/', events: ['user.login'] };
    const mount = (prefix: string) => `${prefix}/apps/${appId}/webhooks`;
    const answers = [
      await app.trpc('apps.get', { id: appId }, { token }),
      await app.trpc('apps.delete', { id: appId }, { token }),
      await app.trpc('apps.create', { id: appId, name: 'x' }, { token }),
      await app.trpc('webhooks.create', webhook, { token }),
      await app.trpc('webhooks.list', { appId }, { token }),
      await app.trpc('events.publish', publishInput(appId), { token }),
      await app.trpc('events.publishMany', { events: [publishInput(appId)] }, { token }),
      await app.trpc('events.list', { appId }, { token }),
      await app.trpc('deliveries.list', { appId }, { token }),
      await app.trpc('system.stats', { appId }, { token }),
      await app.trpc('auditLog.list', { appId }, { token }),
      await app.rest('GET', mount('/v1'), undefined, { token }),
      await app.rest('POST', mount('/v1'), webhook, { token }),
      await app.rest('GET', mount('/v1/admin'), undefined, { token }),
      await app.rest('DELETE', `${mount('/v1/admin')}/wh_000000000000`, undefined, { token }),
      await app.rest('POST', `/v1/apps/${appId}/events`, { event: 'user.login', data: loginData }, { token }),
      await app.rest('GET', `/v1/apps/${appId}/deliveries`, undefined, { token }),
    ];
    return answers.map(({ status, text }) => [
      status,
      text.replaceAll(appId, 'APP').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'REQUEST'),
    ]);
  };
  const expected = await answersFor('app_that_never_existed');
  expect(expected.filter(([status]) => status === 403)).toHaveLength(14);
  // Twice, because the second answer comes from the cache.
  for (const appId of [foreign, deleted, 'app_that_never_existed', foreign, deleted]) {
    expect(await answersFor(appId)).toEqual(expected);
  }
});

it('erases the result of an attempt that was in flight, and reports the end', async () => {
  const clock = createMovableClock();
  await using app = await startTestApp({ clock });
  let answer: (status: number) => void = () => {};
  const answered = new Promise<number>((resolve) => (answer = resolve));
  await using receiver = await Receiver.start({ answer: () => answered });
  const { appId, publish } = await subscribe(app, receiver.url);
  await publish();
  await receiver.waitFor(1);
  await app.call('apps.delete', { id: appId });
  // Its event is in the outbox until the attempt ends, without its content.
  await expect.poll(() => app.db.collection('events').findOne({ appId })).toMatchObject({ data: '{}' });
  answer(500);
  await expect.poll(() => countOf(app, appId)).toBe(0);
  const status = async () => (await app.call('apps.deletions')).items[0]?.status;
  expect(await status()).toBe('running');
  // The first empty sweep starts the settle time, so move the clock until the second one.
  await expect
    .poll(async () => {
      clock.advance(settledMs);
      return await status();
    })
    .toBe('done');
  expect(receiver.requests).toHaveLength(1);
  // The activity of the attempt is saved a few seconds later, for which the moved clock did not wait.
  await expect
    .poll(async () => {
      clock.advance(lateSweepMs);
      return await countOf(app, appId);
    })
    .toBe(0);
  const { items } = await app.call('auditLog.list', { appId });
  expect(items.map(({ action }) => action)).toEqual([
    'app.erased',
    'app.deleted',
    'webhook.created',
    'app.created',
  ]);
});

it('ends a live subscription to the app', async () => {
  await using app = await startTestApp();
  const { key } = await app.createKey();
  const appId = await app.createApp();
  const input = encodeURIComponent(JSON.stringify({ appId }));
  const response = await fetch(`${app.url}/trpc/events.subscribe?input=${input}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const read = async () => {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    text += value ?? '';
    return done;
  };
  while (!text.includes('id:')) await read();
  await app.call('apps.delete', { id: appId });
  while (!text.includes('FORBIDDEN')) if (await read()) break;
  expect(text).toContain('FORBIDDEN');
  await reader?.cancel();
});

it('takes no event in another process once its deletion returns, and erases what it took before', async () => {
  const [here, there] = await startTwo();
  await using one = here;
  await using other = there;
  const { key } = await one.createKey();
  const appId = await one.createApp();
  const publish = async () =>
    (await other.trpc('events.publish', publishInput(appId), { token: key })).status;
  expect(await publish()).toBe(200);
  await one.call('apps.delete', { id: appId });
  expect(await publish()).toBe(403);
  await expect.poll(() => countOf(one, appId)).toBe(0);
});

it('continues an erasure after its process was killed, and counts each object once', async () => {
  await using app = await startTestApp({ env: { ROLE: 'api' } });
  const appId = await app.createApp();
  const ids = createIds();
  const total = 20_000;
  const at = new Date();
  const doc = (): DeliveryDoc => ({
    _id: ids.event(at.getTime()).replace(/^evt_/, 'dlv_'),
    eventId: 'evt_none',
    appId,
    accountId: 'acc_default',
    webhookId: 'wh_none',
    type: 'user.login',
    status: 'delivered',
    attempts: [],
    attemptCount: 1,
    at,
    finishedAt: at,
  });
  const deliveries = app.db.collection<DeliveryDoc>('deliveries');
  for (let n = 0; n < total; n += 10_000) await deliveries.insertMany(Array.from({ length: 10_000 }, doc));
  await app.call('apps.delete', { id: appId });
  const erased = async () => (await app.call('apps.deletions')).items[0]?.erased.deliveries ?? 0;
  const uri = inject('mongoUri').replace(/\/(\?|$)/, `/${app.database}$1`);
  const env = { MONGODB_URI: uri, ROLE: 'worker' };
  {
    await using relay = await MongoRelay.start(uri);
    await using worker = await startServerProcess({ ...env, MONGODB_URI: relay.uri });
    await expect.poll(erased, { interval: 5 }).toBeGreaterThan(0);
    worker.signal('SIGKILL');
    await worker.exited;
  }
  expect(await erased()).toBeLessThan(total);
  await using _ = await startServerProcess(env);
  await expect.poll(erased, { timeout: 60_000 }).toBe(total);
  expect(await deliveries.countDocuments({ appId })).toBe(0);
}, 120_000);
