import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

interface StoredEvent {
  _id: string;
  due?: Date;
  lease?: string;
}

const ENCRYPTION_KEY = randomBytes(32).toString('base64');

/** Older servers stored one outbox entry per event, with `due` and `lease` and without `batch`. */
it('sends events of an older server once, each with its own outbox entry', async () => {
  await using first = await Receiver.start();
  await using second = await Receiver.start();
  await using ingester = await startTestApp({ env: { ENCRYPTION_KEY, ROLE: 'api' } });
  const { appId, webhookId } = await subscribe(ingester, first.url);
  await ingester.call('webhooks.create', { appId, url: second.url, events: ['user.login'] });
  const event = { appId, event: 'user.login', data: loginData };
  await ingester.call('events.publishMany', { events: Array.from({ length: 4 }, () => event) });
  await ingester.stop();

  const { db, database } = ingester;
  const events = db.collection<StoredEvent>('events');
  await events.updateMany({}, { $set: { due: new Date() }, $unset: { batch: 1, lane: 1, lease: 1 } });
  const [, ended, running, begun] = await events.find().sort({ _id: 1 }).toArray();
  const lease = '01jv0000000000000000000000.7';
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000);
  await events.updateOne({ _id: ended?._id ?? '' }, { $set: { lease, due: inSeconds(-60) } });
  await events.updateOne({ _id: running?._id ?? '' }, { $set: { lease, due: inSeconds(2) } });
  // Of this one the first delivery was made and recorded before the process died.
  const eventId = begun?._id ?? '';
  await events.updateOne({ _id: eventId }, { $set: { lease, due: inSeconds(-60) } });
  const at = new Date();
  await db.collection<{ _id: string; [field: string]: unknown }>('deliveries').insertOne({
    _id: eventId.replace(/^evt_/, 'dlv_'),
    eventId,
    appId,
    webhookId,
    type: 'user.login',
    status: 'delivered',
    attempts: [{ at, ms: 1, status: 200 }],
    attemptCount: 1,
    at,
    finishedAt: at,
  });
  await events.dropIndex('open_by_lane');
  await events.createIndex(
    { due: 1 },
    { name: 'open', partialFilterExpression: { due: { $exists: true } } },
    {},
  );

  await using app = await startTestApp({ database, env: { ENCRYPTION_KEY } });
  await app.whenIdle();
  const idsAt = (receiver: Receiver) =>
    receiver.requests.map(({ headers }) => String(headers['webhook-id'])).toSorted();
  const all = (await events.find().toArray()).map((doc) => doc._id).toSorted();
  expect(idsAt(first)).toEqual(all.filter((id) => id !== eventId));
  expect(idsAt(second)).toEqual(all);
  expect(
    await events.countDocuments({ $or: [{ due: { $exists: true } }, { lease: { $exists: true } }] }),
  ).toBe(0);
  expect((await events.indexes()).map(({ name }) => name)).not.toContain('open');
  expect(await app.call('system.audit')).toMatchObject({
    events: 4,
    expected: 8,
    delivered: 8,
    unexplained: 0,
    findings: [],
  });
});
