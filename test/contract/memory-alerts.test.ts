import { MemoryAlertStore } from '../../server/testing/src/store/alerts/alert-store.ts';
import { MemoryEndpointWatchStore } from '../../server/testing/src/store/alerts/endpoint-watch-store.ts';
import { createMemoryDatabase } from '../../server/testing/src/store/memory-database.ts';
import { MemoryEventStore } from '../../server/testing/src/store/events/event-store.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import { alertsContract } from './alerts-contract.ts';

alertsContract('memory', () => {
  const database = createMemoryDatabase();
  const webhooks = new Map<string, Webhook>();
  const events = new MemoryEventStore(database);
  return Promise.resolve({
    alerts: new MemoryAlertStore(),
    watches: new MemoryEndpointWatchStore({ webhooks }, database),
    putWebhook: async (webhook) => void webhooks.set(webhook.id, webhook),
    putDelivery: async (delivery) => void database.deliveries.set(delivery.id, { ...delivery, revision: 1 }),
    putOwed: async (event) => void (await events.insertMany([event])),
    [Symbol.asyncDispose]: async () => {},
  });
});
