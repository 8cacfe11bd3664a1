import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { FakeClock } from '../support/clock.ts';
import { deliveriesContract } from './deliveries-contract.ts';
import { queueContract, type QueueHarness } from './queue-contract.ts';
import { waitingContract } from './waiting-contract.ts';

/** One database for all tests, because building its indexes takes longer than a test. */
let connection: Connection;

beforeAll(async () => {
  connection = await Connection.open({ uri: inject('mongoUri'), database: `queue_${randomUUID()}` });
  await connection.prepare();
});

afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
});

function open(): Promise<QueueHarness> {
  const { collections } = connection;
  return Promise.resolve({
    clock: new FakeClock(),
    queue: new MongoDeliveryQueue(collections),
    events: new MongoEventStore(collections),
    deliveries: new MongoDeliveryStore(collections),
    damage: async (eventId) => {
      await collections.events.updateOne({ _id: eventId }, { $unset: { timestamp: 1 } });
    },
    lose: async (eventId) => {
      await collections.events.deleteOne({ _id: eventId });
    },
    findTombstones: async () => {
      const docs = await collections.events.find({ tombstone: true }).sort({ _id: 1 }).toArray();
      return docs.map(({ _id, appId }) => ({ id: _id, appId }));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([collections.events.deleteMany({}), collections.deliveries.deleteMany({})]);
    },
  });
}

queueContract('MongoDB', open);
waitingContract('MongoDB', open);
deliveriesContract('MongoDB', open);
