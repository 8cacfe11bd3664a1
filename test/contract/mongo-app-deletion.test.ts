import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { ActivityBatch } from '../../server/src/domain/ports/activity-store.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { MongoAppDeletionStore } from '../../server/src/store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { MongoIdempotentCallStore } from '../../server/src/store/mongo/calls/idempotent-call-store.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoActivityStore } from '../../server/src/store/mongo/system/activity-store.ts';
import { MongoEndpointHealthStore } from '../../server/src/store/mongo/webhooks/endpoint-health-store.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, aWebhook, delivered, firstDeliveryOf } from '../support/builders.ts';
import { clearDatabase } from '../support/clear-database.ts';
import { useDatabase } from '../support/fixtures.ts';
import { appDeletionContract, leaseMs, toScene } from './app-deletion-contract.ts';

/** The target of the events of `anEvent`. */
const target = 'wh_000000000001';

const connection = useDatabase('erase');

function open() {
  const { collections } = connection;
  const queue = new MongoDeliveryQueue(collections);
  const events = new MongoEventStore(collections);
  const replays = new MongoReplayStore(collections);
  const activity = new MongoActivityStore(collections);
  return Promise.resolve({
    collections,
    queue,
    events,
    apps: new MongoAppStore(collections),
    appDeletions: new MongoAppDeletionStore(collections),
    webhooks: new MongoWebhookStore(collections),
    health: new MongoEndpointHealthStore(collections),
    idempotentCalls: new MongoIdempotentCallStore(collections),
    storeDelivered: async (appId: string, count: number, at: number) => {
      const all = Array.from({ length: count }, () => anEvent({ appId, acceptedAt: at }));
      const { batches } = await events.insertMany(all);
      await queue.writeResults(all.map((event) => delivered(firstDeliveryOf(event), at)));
      await queue.closeEntries(batches.map(({ id }) => ({ entryId: id, partition: toPartition(target) })));
    },
    storeReplay: async (replay: Replay) => void (await replays.insert(replay)),
    storeActivity: async (batches: readonly ActivityBatch[]) => await activity.save(batches),
    readActivity: async () => (await collections.activity.distinct('apps.appId')).map(String),
    /** Documents of an app in the collections that have its id. */
    countOf: async (appId: string) => {
      const { webhooks, deliveries } = collections;
      const owned = [webhooks, collections.replays, collections.activity, collections.events, deliveries];
      const counts = await Promise.all(owned.map((one) => one.countDocuments({ appId })));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  });
}

appDeletionContract('MongoDB', open);

it('deletes the counts of webhooks with the app, and none of another app', async () => {
  await using h = toScene(await open());
  for (const id of ['app_1', 'app_2']) await h.createApp(id);
  for (const appId of ['app_1', 'app_2']) await h.webhooks.insert(aWebhook({ appId }), 5);
  await h.startDeletion('app_1');
  expect(await h.collections.webhookCounts.find().toArray()).toEqual([{ _id: 'other:app_2', count: 1 }]);
});

it('erases the feed of the app, and the activity that older releases stored for each app by itself', async () => {
  await using h = toScene(await open());
  await h.createApp('app_1');
  await h.collections.activity.insertMany(
    ['app_1', 'app_10'].map((appId) => ({ _id: `${appId}:6`, appId }) as never),
  );
  const apps = ['app_10', 'app_1'].map((appId) => ({ appId, accepted: 1 }));
  await h.collections.activity.insertOne({ _id: 'p:0', appId: ['app_10', 'app_1'], apps } as never);
  const slices = ['app_1', 'app_10'].flatMap((appId) =>
    Array.from({ length: 1_200 }, (_, n) => ({ _id: `${appId} ${n}`, appId }) as never),
  );
  await h.collections.feedSlices.insertMany(slices);
  await h.collections.feedConsumers.insertMany([{ _id: 'app_1' }, { _id: 'app_10' }] as never);
  await h.collections.webhookActivity.insertMany(
    ['app_1', 'app_10'].map((appId) => ({ _id: `wh_${appId}:fine:0`, appId }) as never),
  );
  await h.startDeletion('app_1');
  await h.erase();
  expect(await h.collections.feedSlices.distinct('appId')).toEqual(['app_10']);
  expect(await h.collections.feedConsumers.distinct('_id')).toEqual(['app_10']);
  expect(await h.collections.webhookActivity.distinct('appId')).toEqual(['app_10']);
  expect(await h.collections.activity.distinct('appId')).toEqual(['app_10']);
  expect(await h.collections.activity.distinct('apps.appId')).toEqual(['app_10']);
});

it('counts each object once although a process dies between two steps of a batch', async () => {
  await using h = toScene(await open());
  await h.createApp('app_1');
  await h.deliver('app_1', 30);
  await h.startDeletion('app_1');
  const first = await h.appDeletions.claim(h.clock.now(), leaseMs, randomUUID());
  if (first === undefined) throw new Error('no claim');
  const until = h.clock.now() + leaseMs;
  expect(await h.appDeletions.eraseSome(first, 10, until)).toMatchObject({
    erased: { deliveries: 10 },
    isMore: true,
  });
  // The process dies after it has deleted the next batch, and before it counts it.
  const dying = beforeCall(h.collections.deliveries, 'deleteMany', async () => {
    const stored = await h.collections.appDeletions.findOne({});
    await h.collections.deliveries.deleteMany({ _id: { $in: stored?.batch?.ids ?? [] } });
    throw new Error('killed');
  });
  const died = new MongoAppDeletionStore({ ...h.collections, deliveries: dying });
  await expect(died.eraseSome(first, 10, until)).rejects.toThrow('killed');
  expect(await h.appDeletions.claim(h.clock.now(), leaseMs, randomUUID())).toBeUndefined();
  h.clock.advance(leaseMs);
  await h.erase();
  expect(await h.countOf('app_1')).toBe(0);
  await h.deliver('app_1', 1);
  expect(await h.appDeletions.eraseSome(first, 10, until)).toBeUndefined();
  await h.appDeletions.release(first, { due: undefined, emptySince: undefined, finishedAt: h.clock.now() });
  expect(await h.countOf('app_1')).toBe(2);
  const { items } = await h.appDeletions.list({}, { cursor: undefined, limit: 10 });
  expect(items).toMatchObject([{ status: 'running', erased: { events: 30, deliveries: 30 } }]);
});

it('keeps what an outbox entry owes to other apps, and sends nothing of the deleted one', async () => {
  await using h = toScene(await open());
  await h.createApp('app_1');
  const at = h.clock.now();
  // The first event of a batch carries its outbox entry.
  const erased = ['key_1', undefined].map((idempotencyKey) =>
    anEvent({ appId: 'app_1', idempotencyKey, acceptedAt: at }),
  );
  const other = anEvent({ appId: 'app_2', acceptedAt: at });
  const batch = [erased[0], other, erased[1]].filter((event): event is AcceptedEvent => event !== undefined);
  await h.events.insertMany(batch);
  await h.startDeletion('app_1');
  await h.erase();
  const [stored] = await h.collections.events.find({ appId: 'app_1' }).toArray();
  expect(stored).toMatchObject({ _id: erased[0]?.id, data: '{}', targets: [] });
  expect(stored).not.toHaveProperty('key');
  const entries = await h.queue.getOpenEntries([erased[0]?.id ?? '']);
  const partition = toPartition(target);
  // The other erased event is deleted, which leaves a gap.
  await h.queue.closeGaps(entries);
  const [entry] = await h.queue.readEntries(entries, new Set([partition]));
  expect(entry).toMatchObject({ isComplete: true, open: [partition] });
  expect(entry?.events.filter(({ missing }) => missing.length > 0)).toMatchObject([
    { event: { id: other.id } },
  ]);
  await h.queue.writeResults([delivered(firstDeliveryOf(other), at)]);
  await h.queue.closeEntries([{ entryId: entry?.id ?? '', partition }]);
  h.clock.advance(1_000);
  await h.erase();
  expect(await h.countOf('app_1')).toBe(0);
  expect(await h.collections.deliveries.distinct('_id')).toEqual([toDeliveryId(other.id, 0)]);
});
