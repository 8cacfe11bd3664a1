import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { createSweep } from '../../server/src/services/maintenance/retention.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoRetentionStore } from '../../server/src/store/mongo/deliveries/retention-store.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';

const dayMs = 86_400_000;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it('removes finished work past its time, and spares what is pending, open or young', async () => {
  await using connection = await Connection.open({
    uri: inject('mongoUri'),
    database: `keep_${randomUUID()}`,
  });
  await connection.prepare();
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
  await queue.record([
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
