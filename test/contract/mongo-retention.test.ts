import { afterEach, expect, it } from 'vitest';
import { createSweep } from '../../server/src/services/maintenance/retention.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { MongoRetentionStore } from '../../server/src/store/mongo/deliveries/retention-store.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { DeliveryDoc } from '../../server/src/store/mongo/documents/delivery.ts';
import { toEventDoc, type EventDoc } from '../../server/src/store/mongo/documents/event.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, aReplay, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { clearDatabase, useDatabase } from '../support/fixtures.ts';

const dayMs = 86_400_000;
/** The target of the events of `anEvent`. */
const target = 'wh_000000000001';

const connection = useDatabase('keep');

afterEach(async () => {
  await clearDatabase(connection);
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const noFeedLog = { purge: () => Promise.resolve(0) };

it('removes old finished events and deliveries, and keeps pending, in-flight and recent ones', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const events = new MongoEventStore(collections);
  const queue = new MongoDeliveryQueue(collections);
  const [done, pending, open] = [1, 2, 3].map(() => anEvent({ acceptedAt: clock.now() }));
  if (!done || !pending || !open) throw new Error('three events');
  await events.insertMany([done, pending]);
  const other = anEvent({ acceptedAt: clock.now() });
  await events.insertMany([open, other]);
  await queue.writeResults([
    delivered(firstDeliveryOf(done), clock.now()),
    toRetry(firstDeliveryOf(pending), clock.now(), clock.now() + 1),
  ]);
  await queue.closeEntries([{ entryId: done.id, partition: toPartition(target) }]);
  clock.advance(31 * dayMs);
  const young = anEvent({ acceptedAt: clock.now(), targets: [] });
  await events.insertMany([young]);

  const store = new MongoRetentionStore(collections);
  const sweep = createSweep({ store, feedLog: noFeedLog, clock, log: silent, keepMs: 30 * dayMs });
  expect(await sweep()).toEqual({ events: 1, deliveries: 1 });
  expect(await events.get(done.id)).toBeUndefined();
  for (const event of [pending, open, other, young]) expect(await events.get(event.id)).toBeDefined();
  expect(await collections.deliveries.countDocuments()).toBe(1);
  expect(await sweep()).toEqual({ events: 0, deliveries: 0 });
});

/** One step over the events and one over the deliveries. */
async function purge(store: MongoRetentionStore, clock: FakeClock) {
  const before = clock.now() - 30 * dayMs;
  const first = await store.purgeEvents(before, undefined, 100);
  const second = await store.purgeDeliveries(before, undefined, 100);
  return { events: first.events, deliveries: first.deliveries + second.deliveries };
}

function aFinal(event: AcceptedEvent, index = 0): DeliveryDoc {
  const at = new Date(event.acceptedAt);
  return {
    _id: toDeliveryId(event.id, index),
    eventId: event.id,
    appId: event.appId,
    accountId: event.accountId,
    webhookId: event.targets[index] ?? target,
    type: event.type,
    status: 'delivered',
    attempts: [],
    attemptCount: 1,
    at,
    finishedAt: at,
  };
}

function aWaiting(event: AcceptedEvent, index = 0): DeliveryDoc {
  const { finishedAt: _, ...doc } = aFinal(event, index);
  const nextAt = new Date(event.acceptedAt + dayMs);
  return {
    ...doc,
    status: 'pending',
    reason: 'awaiting_retry',
    partition: toPartition(doc.webhookId),
    nextAt,
  };
}

/** Stores events in closed batches, with all deliveries delivered. */
async function finishedEvents(clock: FakeClock, count: number) {
  const { collections } = connection;
  const all = Array.from({ length: count }, (_, index) => anEvent({ acceptedAt: clock.now() + index }));
  await new MongoEventStore(collections).insertMany(all);
  const queue = new MongoDeliveryQueue(collections);
  await queue.writeResults(all.map((event) => delivered(firstDeliveryOf(event), clock.now())));
  await queue.closeEntries([{ entryId: all[0]?.id ?? '', partition: toPartition(target) }]);
  return all;
}

it('keeps a delivery that is sent again between the search and the removal, and its event', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const [retried, other] = await finishedEvents(clock, 2);
  if (retried === undefined || other === undefined) throw new Error('two events');
  clock.advance(31 * dayMs);
  const deliveries = new MongoDeliveryStore(collections);
  const id = toDeliveryId(retried.id, 0);
  const store = new MongoRetentionStore({
    ...collections,
    deliveries: beforeCall(collections.deliveries, 'deleteMany', () =>
      deliveries.retryNow({ id, webhookId: target }, clock.now()),
    ),
  });
  expect(await purge(store, clock)).toEqual({ events: 1, deliveries: 1 });
  expect(await deliveries.get(id)).toMatchObject({ status: 'pending' });
  const events = new MongoEventStore(collections);
  expect(await events.get(retried.id)).toBeDefined();
  expect(await events.get(other.id)).toBeUndefined();
});

it('keeps an event whose second delivery is pending', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const event = anEvent({ acceptedAt: clock.now(), targets: ['wh_a', 'wh_b'] });
  const events = new MongoEventStore(collections);
  await events.insertMany([event]);
  const queue = new MongoDeliveryQueue(collections);
  await queue.writeResults([
    delivered(firstDeliveryOf(event, 0), clock.now()),
    toRetry(firstDeliveryOf(event, 1), clock.now(), clock.now() + 40 * dayMs),
  ]);
  await queue.closeEntries(
    event.targets.map((webhookId) => ({ entryId: event.id, partition: toPartition(webhookId) })),
  );
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  expect(await purge(store, clock)).toEqual({ events: 0, deliveries: 1 });
  expect(await events.get(event.id)).toBeDefined();
});

it('removes tombstones by their age, like events', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const [carrier, lost] = [anEvent({ acceptedAt: clock.now() }), anEvent({ acceptedAt: clock.now() })];
  await new MongoEventStore(collections).insertMany([carrier, lost]);
  await collections.events.deleteOne({ _id: lost.id });
  const queue = new MongoDeliveryQueue(collections);
  await queue.closeGaps(await queue.getOpenEntries([carrier.id]));
  await queue.writeResults([delivered(firstDeliveryOf(carrier), clock.now())]);
  await queue.closeEntries([{ entryId: carrier.id, partition: toPartition(target) }]);
  const store = new MongoRetentionStore(collections);
  await purge(store, clock);
  expect(await collections.events.countDocuments()).toBe(2);
  clock.advance(31 * dayMs);
  await purge(store, clock);
  expect(await collections.events.countDocuments()).toBe(0);
});

it('removes the oldest first, and continues behind what it has examined', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const [first, second, third] = await finishedEvents(clock, 3);
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  const before = clock.now() - 30 * dayMs;
  expect(await store.purgeEvents(before, undefined, 2)).toEqual({
    events: 2,
    deliveries: 2,
    next: second?.id,
  });
  expect(await new MongoEventStore(collections).get(first?.id ?? '')).toBeUndefined();
  expect(await store.purgeEvents(before, third?.id, 2)).toEqual({
    events: 0,
    deliveries: 0,
    next: undefined,
  });
  expect(await store.purgeEvents(before, second?.id, 2)).toEqual({
    events: 1,
    deliveries: 1,
    next: undefined,
  });
});

const minute = 60_000;

/** Old events that must stay: in the outbox, or with a delivery that waits. */
const keptEvents = {
  open: (event: AcceptedEvent) => ({ ...toEventDoc(event), open: event.targets.map(toPartition) }),
  pending: toEventDoc,
};

it.each(['open', 'pending'] as const)(
  'removes younger events behind 600 old ones that are %s, and those once they are finished',
  async (kind) => {
    const { collections } = connection;
    const clock = new FakeClock();
    const kept = Array.from({ length: 600 }, (_, n) => anEvent({ acceptedAt: clock.now() + n }));
    const younger = Array.from({ length: 550 }, (_, n) => anEvent({ acceptedAt: clock.now() + minute + n }));
    await collections.events.insertMany(kept.map(keptEvents[kind]));
    await collections.events.insertMany(younger.map(toEventDoc));
    if (kind === 'pending') await collections.deliveries.insertMany(kept.map((event) => aWaiting(event)));
    await collections.deliveries.insertMany(younger.map((event) => aFinal(event)));
    clock.advance(31 * dayMs);
    const store = new MongoRetentionStore(collections);
    const sweep = createSweep({ store, feedLog: noFeedLog, clock, log: silent, keepMs: 30 * dayMs });
    expect(await sweep()).toEqual({ events: 550, deliveries: 550 });
    expect(await collections.events.countDocuments()).toBe(600);
    await collections.events.updateMany({}, { $unset: { open: 1 } });
    await collections.deliveries.updateMany(
      {},
      { $set: { status: 'failed' }, $unset: { partition: 1, nextAt: 1 } },
    );
    expect(await sweep()).toMatchObject({ events: 600 });
  },
);

it('removes an event and its 1,300 deliveries together, in steps of some thousand deliveries', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const targets = Array.from({ length: 1_300 }, (_, n) => `wh_${n.toString(16).padStart(12, '0')}`);
  const all = Array.from({ length: 6 }, (_, n) => anEvent({ acceptedAt: clock.now() + n, targets }));
  await collections.events.insertMany(all.map(toEventDoc));
  await collections.deliveries.insertMany(
    all.flatMap((event) => targets.map((_, index) => aFinal(event, index))),
  );
  const [first] = all;
  if (first === undefined) throw new Error('six events');
  const waiting = toDeliveryId(first.id, 1_299);
  await collections.deliveries.updateOne({ _id: waiting }, { $set: { status: 'pending' } });
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  const before = clock.now() - 30 * dayMs;
  const steps = [await store.purgeEvents(before, undefined, 2_000)];
  for (let step = steps[0]; step?.next !== undefined;) {
    step = await store.purgeEvents(before, step.next, 2_000);
    steps.push(step);
  }
  expect(steps).toEqual([
    { events: 1, deliveries: 2 * 1_300 - 1, next: all[1]?.id },
    { events: 2, deliveries: 2 * 1_300, next: all[3]?.id },
    { events: 2, deliveries: 2 * 1_300, next: undefined },
  ]);
  expect((await collections.events.find().toArray()).map(({ _id }) => _id)).toEqual([first.id]);
  expect((await collections.deliveries.find().toArray()).map(({ _id }) => _id)).toEqual([waiting]);
});

it('removes final deliveries whose event is gone or damaged, and keeps those that wait', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const [gone, damaged, ping] = [1, 2, 3].map((n) => anEvent({ acceptedAt: clock.now() + n }));
  if (!gone || !damaged || !ping) throw new Error('three events');
  const { targets: _, ...rest } = toEventDoc(damaged);
  // `as`: a document without its targets.
  await collections.events.insertMany([rest as EventDoc, toEventDoc({ ...ping, targets: [] })]);
  await collections.deliveries.insertMany([
    aFinal(gone),
    aWaiting(gone, 1),
    aFinal(damaged, 1),
    aFinal(ping),
  ]);
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  expect(await purge(store, clock)).toEqual({ events: 2, deliveries: 3 });
  expect((await collections.deliveries.find().toArray()).map(({ _id }) => _id)).toEqual([
    toDeliveryId(gone.id, 1),
  ]);
});

it('keeps the final deliveries of events in the outbox', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const event = anEvent({ acceptedAt: clock.now(), targets: ['wh_a', 'wh_b'] });
  await collections.events.insertOne(keptEvents.open(event));
  await collections.deliveries.insertOne(aFinal(event));
  clock.advance(31 * dayMs);
  expect(await purge(new MongoRetentionStore(collections), clock)).toEqual({ events: 0, deliveries: 0 });
});

it('removes replays that ended before the retention time, and keeps running and recent ones', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const replays = new MongoReplayStore(collections);
  const create = async () => {
    const replay = aReplay({ createdAt: clock.now() });
    await replays.insert(replay);
    return replay.id;
  };
  const [ended, running] = [await create(), await create()];
  await replays.cancel(ended, clock.now());
  clock.advance(31 * dayMs);
  const recent = await create();
  await replays.cancel(recent, clock.now());

  const store = new MongoRetentionStore(collections);
  await createSweep({ store, feedLog: noFeedLog, clock, log: silent, keepMs: 30 * dayMs })();
  expect(await replays.get(ended)).toBeUndefined();
  expect(await replays.get(running)).toBeDefined();
  expect(await replays.get(recent)).toBeDefined();
});
