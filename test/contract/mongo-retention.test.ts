import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { createSweep } from '../../server/src/services/maintenance/retention.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { MongoRetentionStore } from '../../server/src/store/mongo/deliveries/retention-store.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, aReplay, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';

const dayMs = 86_400_000;
async function openConnection(): Promise<Connection> {
  const connection = await Connection.open({
    uri: inject('mongoUri'),
    database: `keep_${randomUUID()}`,
  });
  await connection.prepare();
  return connection;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it('removes old finished events and deliveries, and keeps pending, in-flight and recent ones', async () => {
  await using connection = await openConnection();
  const { collections } = connection;
  const clock = new FakeClock();
  const events = new MongoEventStore(collections);
  const queue = new MongoDeliveryQueue(collections, clock);
  const lease = { token: 'one.0', until: clock.now() };
  const [done, pending, open] = [1, 2, 3].map(() => anEvent({ acceptedAt: clock.now() }));
  if (!done || !pending || !open) throw new Error('three events');
  await events.insertMany([done, pending], lease);
  const other = anEvent({ acceptedAt: clock.now() });
  await events.insertMany([open, other], lease);
  await queue.writeResults([
    delivered(firstDeliveryOf(done, 'one.0'), clock.now()),
    toRetry(firstDeliveryOf(pending, 'one.0'), clock.now(), clock.now() + 1),
  ]);
  await queue.completeEntries([done.id], 'one.0');
  clock.advance(31 * dayMs);
  const young = anEvent({ acceptedAt: clock.now(), targets: [] });
  await events.insertUnmatched([young]);

  const store = new MongoRetentionStore(collections);
  const sweep = createSweep({ store, clock, log: silent, keepMs: 30 * dayMs });
  expect(await sweep()).toEqual({ events: 1, deliveries: 1 });
  expect(await events.get(done.id)).toBeUndefined();
  for (const event of [pending, open, other, young]) expect(await events.get(event.id)).toBeDefined();
  expect(await collections.deliveries.countDocuments()).toBe(1);
  expect(await sweep()).toEqual({ events: 0, deliveries: 0 });
});

/** Stores events in closed batches, with all deliveries delivered. */
async function finishedEvents({ collections }: Connection, clock: FakeClock, count: number) {
  const all = Array.from({ length: count }, (_, index) => anEvent({ acceptedAt: clock.now() + index }));
  await new MongoEventStore(collections).insertMany(all, { token: 'one.0', until: clock.now() });
  const queue = new MongoDeliveryQueue(collections, clock);
  await queue.writeResults(all.map((event) => delivered(firstDeliveryOf(event, 'one.0'), clock.now())));
  await queue.completeEntries([all[0]?.id ?? ''], 'one.0');
  return all;
}

it('keeps a delivery that is sent again between the search and the removal, and its event', async () => {
  await using connection = await openConnection();
  const { collections } = connection;
  const clock = new FakeClock();
  const [retried, other] = await finishedEvents(connection, clock, 2);
  if (retried === undefined || other === undefined) throw new Error('two events');
  clock.advance(31 * dayMs);
  const deliveries = new MongoDeliveryStore(collections);
  const id = toDeliveryId(retried.id, 0);
  const store = new MongoRetentionStore({
    ...collections,
    deliveries: beforeCall(collections.deliveries, 'deleteMany', () => deliveries.retryNow(id, clock.now())),
  });
  expect(await store.purge(clock.now() - 30 * dayMs, 100)).toEqual({ events: 1, deliveries: 1 });
  expect(await deliveries.get(id)).toMatchObject({ status: 'pending' });
  const events = new MongoEventStore(collections);
  expect(await events.get(retried.id)).toBeDefined();
  expect(await events.get(other.id)).toBeUndefined();
});

it('keeps an event whose second delivery is pending', async () => {
  await using connection = await openConnection();
  const { collections } = connection;
  const clock = new FakeClock();
  const event = anEvent({ acceptedAt: clock.now(), targets: ['wh_a', 'wh_b'] });
  const events = new MongoEventStore(collections);
  await events.insertMany([event], { token: 'one.0', until: clock.now() });
  const queue = new MongoDeliveryQueue(collections, clock);
  await queue.writeResults([
    delivered(firstDeliveryOf(event, 'one.0', 0), clock.now()),
    toRetry(firstDeliveryOf(event, 'one.0', 1), clock.now(), clock.now() + 40 * dayMs),
  ]);
  await queue.completeEntries([event.id], 'one.0');
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  expect(await store.purge(clock.now() - 30 * dayMs, 100)).toEqual({ events: 0, deliveries: 1 });
  expect(await events.get(event.id)).toBeDefined();
});

it('removes the oldest first, at most up to the limit', async () => {
  await using connection = await openConnection();
  const { collections } = connection;
  const clock = new FakeClock();
  const [first] = await finishedEvents(connection, clock, 3);
  clock.advance(31 * dayMs);
  const store = new MongoRetentionStore(collections);
  expect(await store.purge(clock.now() - 30 * dayMs, 2)).toEqual({ events: 2, deliveries: 2 });
  expect(await new MongoEventStore(collections).get(first?.id ?? '')).toBeUndefined();
  expect(await store.purge(clock.now() - 30 * dayMs, 2)).toEqual({ events: 1, deliveries: 1 });
});

it('removes replays that ended before the retention time, and keeps running and recent ones', async () => {
  await using connection = await openConnection();
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
