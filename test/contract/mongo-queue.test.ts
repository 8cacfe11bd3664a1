import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { FakeClock } from '../support/clock.ts';
import { deliveriesContract } from './deliveries-contract.ts';
import { queueContract, type QueueHarness } from './queue-contract.ts';
import { racesContract } from './races-contract.ts';

async function open(): Promise<QueueHarness> {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `queue_${randomUUID()}` });
  await connection.prepare();
  const { collections } = connection;
  const clock = new FakeClock();
  return {
    clock,
    queue: new MongoDeliveryQueue(collections, clock),
    events: new MongoEventStore(collections),
    deliveries: new MongoDeliveryStore(collections),
    damage: async (eventId) => {
      await collections.events.updateOne({ _id: eventId }, { $unset: { timestamp: 1 } });
    },
    lose: async (eventId) => {
      await collections.events.deleteOne({ _id: eventId });
    },
    overtakenBy: (action) => {
      const events = beforeCall(collections.events, 'updateMany', action);
      const deliveries = beforeCall(collections.deliveries, 'updateMany', action);
      return new MongoDeliveryQueue({ ...collections, events, deliveries }, clock);
    },
    [Symbol.asyncDispose]: async () => {
      await connection.db.dropDatabase();
      await connection.close();
    },
  };
}

queueContract('MongoDB', open);
racesContract('MongoDB', open);
deliveriesContract('MongoDB', open);
