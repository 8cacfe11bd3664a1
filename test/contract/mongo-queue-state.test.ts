import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Visibility } from '../../server/src/domain/ports/page-request.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { anEvent, delivered, firstDeliveryOf } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';

let connection: Connection;

beforeAll(async () => {
  connection = await Connection.open({ uri: inject('mongoUri'), database: `queue_state_${randomUUID()}` });
  await connection.prepare();
});

afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

it('counts the deliveries of an open entry one by one, without those that have ended', async () => {
  const { collections } = connection;
  const [events, queue] = [new MongoEventStore(collections), new MongoDeliveryQueue(collections)];
  const deliveries = new MongoDeliveryStore(collections);
  const at = new FakeClock().now();
  // One insert, so one entry: it stays open until all of its deliveries in a partition have ended.
  const batch = Array.from({ length: 20 }, (_, index) =>
    anEvent({ acceptedAt: at + index, ...(index % 2 === 0 ? {} : { appId: 'app_b', accountId: 'acc_b' }) }),
  );
  await events.insertMany(batch);
  const state = async (visibility: Partial<Visibility> = {}) =>
    await deliveries.getQueueState({ excludedAppIds: [], ...visibility }, at + 100);
  expect(await state()).toEqual({
    pending: 20,
    dueNow: 20,
    inFlight: 20,
    oldestDueAt: at,
    isCapped: false,
  });
  await queue.writeResults(batch.slice(0, 17).map((event) => delivered(firstDeliveryOf(event), at + 50)));
  expect(await state()).toMatchObject({
    pending: 3,
    dueNow: 3,
    inFlight: 3,
    oldestDueAt: at + 17,
    isCapped: false,
  });
  const recent = await deliveries.getQueueState({ excludedAppIds: [] }, at + 100, at + 19);
  expect(recent).toMatchObject({ pending: 3, inFlight: 1 });
  expect(await state({ accountId: 'acc_b' })).toMatchObject({ pending: 2, oldestDueAt: at + 17 });
  expect(await state({ appId: 'app_b', accountId: 'acc_b' })).toMatchObject({ pending: 2 });
  expect(await state({ excludedAppIds: ['app_b'] })).toMatchObject({ pending: 1, oldestDueAt: at + 18 });
});

it('counts a delivery for each target of an event', async () => {
  const { collections } = connection;
  const deliveries = new MongoDeliveryStore(collections);
  const many = { appId: 'app_many', accountId: 'acc_many' };
  const targets = ['wh_000000000001', 'wh_000000000002', 'wh_000000000003'];
  await new MongoEventStore(collections).insertMany([anEvent({ targets, ...many })]);
  expect(await deliveries.getQueueState({ excludedAppIds: [], ...many }, 0)).toMatchObject({ pending: 3 });
});
