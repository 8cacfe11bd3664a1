import type { Collections } from './documents.ts';

/**
 * Every index and what it is for. An index costs about 4 us of mongod for each write on the hot path, so there is none
 * that only might be useful. Queue indexes are partial: finished work leaves them, so their size is that of the backlog.
 */
export async function createIndexes(collections: Collections): Promise<void> {
  const { activity, apps, health, keys, webhooks, events, deliveries, auditLog } = collections;
  await Promise.all([
    // Eight days: the longest span that the overview shows, and one more.
    activity.createIndex({ at: 1 }, { expireAfterSeconds: 8 * 24 * 60 * 60 }, undefined),
    health.createIndex(
      { failuresInARow: -1 },
      { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
      undefined,
    ),
    apps.createIndex({ accountId: 1, _id: -1 }),
    keys.createIndex({ hash: 1 }, { unique: true }, undefined),
    keys.createIndex({ accountId: 1, _id: -1 }),
    webhooks.createIndex({ appId: 1, _id: 1 }),
    auditLog.createIndex({ accountId: 1, _id: -1 }),
    auditLog.createIndex({ appId: 1, _id: -1 }),

    // Open events: the queue of what has not been tried yet, and the leases of what is being tried.
    events.createIndex(
      { due: 1 },
      { name: 'open', partialFilterExpression: { due: { $exists: true } } },
      undefined,
    ),
    // Idempotent publish: unique also while the first call is still in flight.
    events.createIndex(
      { appId: 1, key: 1 },
      { name: 'idempotency', unique: true, partialFilterExpression: { key: { $exists: true } } },
      undefined,
    ),
    events.createIndex({ appId: 1, _id: -1 }, { name: 'by_app' }, undefined),

    // The retry queue. webhookId is in it so that webhooks that can take nothing are skipped on the keys alone.
    deliveries.createIndex(
      { due: 1, webhookId: 1 },
      { name: 'due', partialFilterExpression: { due: { $exists: true } } },
      undefined,
    ),
    deliveries.createIndex(
      { webhookId: 1, due: 1 },
      { name: 'pending_by_webhook', partialFilterExpression: { status: 'pending' } },
      undefined,
    ),
    deliveries.createIndex({ webhookId: 1, _id: -1 }, { name: 'by_webhook' }, undefined),
    deliveries.createIndex({ appId: 1, _id: -1 }, { name: 'by_app' }, undefined),
    deliveries.createIndex(
      { appId: 1, _id: -1 },
      { name: 'failed_by_app', partialFilterExpression: { status: 'failed' } },
      undefined,
    ),
    deliveries.createIndex(
      { eventId: 1 },
      { name: 'replays', partialFilterExpression: { replay: { $exists: true } } },
      undefined,
    ),
  ]);
}
