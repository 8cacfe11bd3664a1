import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import { createAppEraser, toSettleMs } from '../../server/src/services/accounts/erase-apps.ts';
import type { AuditRecord } from '../../server/src/services/audit/audit-log.ts';
import { MongoAppDeletionStore } from '../../server/src/store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, aWebhook, delivered, firstDeliveryOf } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { clearDatabase, useDatabase } from '../support/fixtures.ts';

const leaseMs = 15_000;
/** The target of the events of `anEvent`. */
const target = 'wh_000000000001';
const settleMs = toSettleMs(10_000);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const connection = useDatabase('erase');

function open() {
  const { client, collections } = connection;
  const clock = new FakeClock();
  const apps = new MongoAppStore(collections);
  const deletions = new MongoAppDeletionStore(collections);
  const queue = new MongoDeliveryQueue(collections);
  const events = new MongoEventStore(collections);
  const recorded: AuditRecord[] = [];
  const eraseApps = createAppEraser({
    deletions,
    audit: { record: (_, entry) => Promise.resolve(void recorded.push(entry)) },
    clock,
    log: silent,
    settleMs,
  });
  let started = 0;
  return {
    client,
    collections,
    clock,
    apps,
    deletions,
    queue,
    events,
    recorded,
    webhooks: new MongoWebhookStore(collections),
    createApp: (id: string, accountId = 'acc_a') =>
      apps.insert({ id, accountId, name: id, createdAt: clock.now() }),
    startDeletion: (appId: string, maxRunning = 100) =>
      deletions.start({ id: `del_${++started}`, appId, createdAt: clock.now() }, maxRunning),
    /** Delivered events of an app, with their deliveries. */
    deliver: async (appId: string, count: number) => {
      const all = Array.from({ length: count }, () => anEvent({ appId, acceptedAt: clock.now() }));
      const { batches } = await events.insertMany(all);
      await queue.writeResults(all.map((event) => delivered(firstDeliveryOf(event), clock.now())));
      await queue.closeEntries(batches.map(({ id }) => ({ entryId: id, partition: toPartition(target) })));
    },
    erase: async () => await eraseApps(new AbortController().signal),
    /** Documents of an app in the collections that have its id. */
    countOf: async (appId: string) => {
      const { webhooks, replays, activity, deliveries } = collections;
      const owned = [webhooks, replays, activity, collections.events, deliveries];
      const counts = await Promise.all(owned.map((one) => one.countDocuments({ appId })));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  };
}

it('gives the id of a deleted app to no other, also while its deletion and a creation race', async () => {
  await using h = open();
  await h.createApp('app_1');
  expect(await h.createApp('app_1', 'acc_b')).toBe('exists');
  const created = await Promise.all([
    h.startDeletion('app_1'),
    ...Array.from({ length: 5 }, () => h.createApp('app_1', 'acc_b')),
  ]);
  expect(created.slice(1)).not.toContain('inserted');
  expect(await h.createApp('app_1', 'acc_b')).toBe('deleted');
  expect(await h.apps.get('app_1')).toBeUndefined();
  expect(await h.startDeletion('app_1')).toBe('missing');
});

it('deletes the webhooks with the app, and nothing of another app', async () => {
  await using h = open();
  for (const id of ['app_1', 'app_2']) await h.createApp(id);
  const [ours, theirs] = [aWebhook({ appId: 'app_1' }), aWebhook({ appId: 'app_2' })];
  for (const webhook of [ours, theirs]) await h.webhooks.insert(webhook, 5);
  expect(await h.startDeletion('app_1')).toEqual({ accountId: 'acc_a', webhookIds: [ours.id] });
  expect(await h.webhooks.get(ours.id)).toBeUndefined();
  expect(await h.webhooks.get(theirs.id)).toMatchObject({ id: theirs.id });
  expect(await h.collections.webhookCounts.find().toArray()).toEqual([{ _id: 'other:app_2', count: 1 }]);
});

it('erases everything of the app in batches, counts it and records the end once', async () => {
  await using h = open();
  for (const id of ['app_1', 'app_2']) await h.createApp(id);
  await h.deliver('app_1', 1_500);
  await h.deliver('app_2', 3);
  const webhook = aWebhook({ appId: 'app_1' });
  await h.webhooks.insert(webhook, 5);
  await h.collections.health.insertOne({ _id: webhook.id } as never);
  await h.collections.activity.insertMany(
    ['app_1', 'app_10'].map((appId) => ({ _id: `${appId}:6`, appId }) as never),
  );
  const apps = ['app_10', 'app_1'].map((appId) => ({ appId, accepted: 1 }));
  await h.collections.activity.insertOne({ _id: 'p:0', appId: ['app_10', 'app_1'], apps } as never);
  await h.collections.replays.insertOne({ _id: 'rpl_1', appId: 'app_1' } as never);
  const slices = ['app_1', 'app_10'].flatMap((appId) =>
    Array.from({ length: 1_200 }, (_, n) => ({ _id: `${appId} ${n}`, appId }) as never),
  );
  await h.collections.feedSlices.insertMany(slices);
  await h.collections.feedConsumers.insertMany([{ _id: 'app_1' }, { _id: 'app_10' }] as never);
  await h.startDeletion('app_1');
  await h.erase();
  expect(await h.countOf('app_1')).toBe(0);
  expect(await h.countOf('app_2')).toBe(6);
  expect(await h.collections.feedSlices.distinct('appId')).toEqual(['app_10']);
  expect(await h.collections.feedConsumers.distinct('_id')).toEqual(['app_10']);
  expect(await h.collections.health.countDocuments()).toBe(0);
  expect(await h.collections.activity.distinct('appId')).toEqual(['app_10']);
  expect(await h.collections.activity.distinct('apps.appId')).toEqual(['app_10']);
  expect(await h.deletions.findErasing('acc_a')).toEqual(['app_1']);
  expect(h.recorded).toEqual([]);
  h.clock.advance(settleMs);
  await h.erase();
  await h.erase();
  const erased = { webhooks: 1, events: 1_500, deliveries: 1_500, replays: 1 };
  const { items } = await h.deletions.list({ accountId: 'acc_a' }, { cursor: undefined, limit: 10 });
  expect(items).toMatchObject([{ appId: 'app_1', status: 'done', erased, finishedAt: h.clock.now() }]);
  expect(h.recorded).toMatchObject([
    { action: 'app.erased', accountId: 'acc_a', appId: 'app_1', details: erased },
  ]);
  expect(await h.deletions.findErasing('acc_a')).toEqual([]);
});

it('erases what is written after a sweep, within the settle time and after it', async () => {
  await using h = open();
  await h.createApp('app_1');
  await h.startDeletion('app_1');
  await h.erase();
  await h.deliver('app_1', 2);
  h.clock.advance(settleMs);
  await h.erase();
  expect(await h.countOf('app_1')).toBe(0);
  // Something was written, so the settle time starts again.
  expect(await h.deletions.findErasing('acc_a')).toEqual(['app_1']);
  h.clock.advance(settleMs);
  await h.erase();
  expect(await h.deletions.findErasing('acc_a')).toEqual([]);
  for (const minutes of [10, 60, 24 * 60]) {
    await h.deliver('app_1', 1);
    h.clock.advance(minutes * 60_000);
    await h.erase();
    expect(await h.countOf('app_1')).toBe(0);
  }
  h.clock.advance(24 * 60 * 60_000);
  await h.erase();
  expect(await h.collections.appDeletions.findOne({})).not.toHaveProperty('due');
  expect(h.recorded).toHaveLength(1);
});

it('is continued by another process after the lease, and the first one changes nothing any more', async () => {
  await using h = open();
  await h.createApp('app_1');
  await h.deliver('app_1', 30);
  await h.startDeletion('app_1');
  const first = await h.deletions.claim(h.clock.now(), leaseMs, randomUUID());
  if (first === undefined) throw new Error('no claim');
  const until = h.clock.now() + leaseMs;
  expect(await h.deletions.eraseSome(first, 10, until)).toMatchObject({
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
  expect(await h.deletions.claim(h.clock.now(), leaseMs, randomUUID())).toBeUndefined();
  h.clock.advance(leaseMs);
  await h.erase();
  expect(await h.countOf('app_1')).toBe(0);
  await h.deliver('app_1', 1);
  expect(await h.deletions.eraseSome(first, 10, until)).toBeUndefined();
  await h.deletions.release(first, { due: undefined, emptySince: undefined, finishedAt: h.clock.now() });
  expect(await h.countOf('app_1')).toBe(2);
  const { items } = await h.deletions.list({}, { cursor: undefined, limit: 10 });
  expect(items).toMatchObject([{ status: 'running', erased: { events: 30, deliveries: 30 } }]);
});

it('takes the accounts in turns, however many apps one of them deletes', async () => {
  await using h = open();
  for (const id of ['app_1', 'app_2', 'app_3']) {
    await h.createApp(id, 'acc_a');
    await h.startDeletion(id);
  }
  await h.createApp('app_b', 'acc_b');
  await h.startDeletion('app_b');
  const turns: (string | undefined)[] = [];
  for (let n = 0; n < 6; n++) {
    h.clock.advance(1);
    const claim = await h.deletions.claim(h.clock.now(), leaseMs, randomUUID());
    if (claim === undefined) throw new Error('no claim');
    turns.push(claim.deletion.appId);
    await h.deletions.release(claim, { due: h.clock.now(), emptySince: undefined });
  }
  expect(turns).toEqual(['app_1', 'app_b', 'app_2', 'app_b', 'app_3', 'app_b']);
});

it('limits the running erasures of an account, and changes nothing above the limit', async () => {
  await using h = open();
  for (const id of ['app_1', 'app_2']) await h.createApp(id);
  await h.createApp('app_b', 'acc_b');
  await h.startDeletion('app_1', 1);
  expect(await h.startDeletion('app_2', 1)).toBe('limit_reached');
  expect(await h.apps.get('app_2')).toMatchObject({ id: 'app_2' });
  expect(await h.startDeletion('app_b', 1)).toMatchObject({ accountId: 'acc_b' });
});

it('keeps what an outbox entry owes to other apps, and sends nothing of the deleted one', async () => {
  await using h = open();
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
