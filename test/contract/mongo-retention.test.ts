import { afterEach, expect, it } from 'vitest';
import { createSweep } from '../../server/src/services/maintenance/retention.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { MongoRetentionStore } from '../../server/src/store/mongo/deliveries/retention-store.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
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
  const sweep = createSweep({ store, clock, log: silent, keepMs: 30 * dayMs });
  expect(await sweep()).toEqual({ events: 1, deliveries: 1 });
  expect(await events.get(done.id)).toBeUndefined();
  for (const event of [pending, open, other, young]) expect(await events.get(event.id)).toBeDefined();
  expect(await collections.deliveries.countDocuments()).toBe(1);
  expect(await sweep()).toEqual({ events: 0, deliveries: 0 });
});

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
    deliveries: beforeCall(collections.deliveries, 'deleteMany', () => deliveries.retryNow({ id, webhookId: target }, clock.now())),
  });
  expect(await store.purge(clock.now() - 30 * dayMs, 100)).toEqual({ events: 1, deliveries: 1 });
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
  expect(await store.purge(clock.now() - 30 * dayMs, 100)).toEqual({ events: 0, deliveries: 1 });
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
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  await queue.writeResults([delivered(firstDeliveryOf(carrier), clock.now())]);
  await queue.closeEntries([{ entryId: carrier.id, partition: toPartition(target) }]);
  await store.purge(clock.now() - 30 * dayMs, 100);
  expect(await collections.events.countDocuments()).toBe(0);
});

it('removes the oldest first, at most up to the limit', async () => {
  const { collections } = connection;
  const clock = new FakeClock();
  const [first] = await finishedEvents(clock, 3);
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  expect(await store.purge(clock.now() - 30 * dayMs, 2)).toEqual({ events: 2, deliveries: 2 });
  expect(await new MongoEventStore(collections).get(first?.id ?? '')).toBeUndefined();
  expect(await store.purge(clock.now() - 30 * dayMs, 2)).toEqual({ events: 1, deliveries: 1 });
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
  await createSweep({ store, clock, log: silent, keepMs: 30 * dayMs })();
  expect(await replays.get(ended)).toBeUndefined();
  expect(await replays.get(running)).toBeDefined();
  expect(await replays.get(recent)).toBeDefined();
});
