import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { Delivery } from '../../server/src/domain/delivery.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoEndpointHealthStore } from '../../server/src/store/mongo/webhooks/endpoint-health-store.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { endpointHealthContract } from './endpoint-health-contract.ts';

endpointHealthContract('MongoDB', async () => {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `health_${randomUUID()}` });
  const { collections } = connection;
  const { deliveries } = collections;
  return {
    health: new MongoEndpointHealthStore(collections),
    webhooks: new MongoWebhookStore(collections),
    storeDelivery: async ({ id, createdAt, finishedAt, status, ...same }: Delivery) => {
      const { eventId, appId, accountId, webhookId, type, attemptCount } = same;
      await deliveries.insertOne({
        _id: id,
        eventId,
        appId,
        accountId,
        webhookId,
        type,
        status,
        attempts: [],
        attemptCount,
        at: new Date(createdAt),
        ...(finishedAt !== null && { finishedAt: new Date(finishedAt) }),
      });
    },
    clearDeliveries: async () => void (await deliveries.deleteMany({})),
    [Symbol.asyncDispose]: () => connection.close(),
  };
});
