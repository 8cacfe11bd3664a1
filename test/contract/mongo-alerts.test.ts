import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { MongoAlertStore } from '../../server/src/store/mongo/alerts/alert-store.ts';
import { MongoEndpointWatchStore } from '../../server/src/store/mongo/alerts/endpoint-watch-store.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { toWebhookDoc } from '../../server/src/store/mongo/documents/webhook.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { alertsContract } from './alerts-contract.ts';

alertsContract('MongoDB', async () => {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `alerts_${randomUUID()}` });
  const { collections } = connection;
  const events = new MongoEventStore(collections);
  return {
    alerts: new MongoAlertStore(collections),
    watches: new MongoEndpointWatchStore(collections),
    putWebhook: async (webhook) => void (await collections.webhooks.insertOne(toWebhookDoc(webhook))),
    putDelivery: async ({ id, createdAt, finishedAt, ...same }) => {
      const { eventId, appId, accountId, webhookId, type, status, attemptCount } = same;
      await collections.deliveries.insertOne({
        _id: id,
        eventId,
        appId,
        accountId,
        webhookId,
        type,
        status,
        attemptCount,
        attempts: [],
        at: new Date(createdAt),
        ...(finishedAt !== null && { finishedAt: new Date(finishedAt) }),
      });
    },
    putOwed: async (event) => void (await events.insertMany([event])),
    [Symbol.asyncDispose]: () => connection.close(),
  };
});
