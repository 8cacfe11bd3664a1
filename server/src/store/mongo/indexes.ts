import type { Collections } from './documents.ts';

/** Building an index on a large collection takes minutes; the limit for ordinary answers would end the start. */
const unlimited = { timeoutMS: 0 } as const;

/**
 * Every index and what it is for. An index costs about 4 us of mongod for each write on the hot path, so there is none
 * that only might be useful. Queue indexes are partial: finished work leaves them, so their size is that of the backlog.
 */
export async function createIndexes(collections: Collections): Promise<void> {
  const { activity, apps, health, keys, webhooks, events, deliveries, auditLog } = collections;
  await Promise.all([
    // Eight days: the longest span that the overview shows, and one more.
    activity.createIndex({ at: 1 }, { expireAfterSeconds: 8 * 24 * 60 * 60 }, unlimited),
    health.createIndex(
      { failuresInARow: -1 },
      { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
      unlimited,
    ),
    apps.createIndex({ accountId: 1, _id: -1 }, undefined, unlimited),
    keys.createIndex({ hash: 1 }, { unique: true }, unlimited),
    keys.createIndex({ accountId: 1, _id: -1 }, undefined, unlimited),
    webhooks.createIndex({ appId: 1, _id: 1 }, undefined, unlimited),
    auditLog.createIndex({ accountId: 1, _id: -1 }, undefined, unlimited),
    auditLog.createIndex({ appId: 1, _id: -1 }, undefined, unlimited),

    // Open events: the queue of what has not been tried yet, and the leases of what is being tried.
    events.createIndex(
      { due: 1 },
      { name: 'open', partialFilterExpression: { due: { $exists: true } } },
      unlimited,
    ),
    // Idempotent publish: unique also while the first call is still in flight.
    events.createIndex(
      { appId: 1, key: 1 },
      { name: 'idempotency', unique: true, partialFilterExpression: { key: { $exists: true } } },
      unlimited,
    ),
    events.createIndex({ appId: 1, _id: -1 }, { name: 'by_app' }, unlimited),

    // The retry queue. webhookId is in it so that webhooks that can take nothing are skipped on the keys alone.
    deliveries.createIndex(
      { due: 1, webhookId: 1 },
      { name: 'due', partialFilterExpression: { due: { $exists: true } } },
      unlimited,
    ),
    deliveries.createIndex(
      { webhookId: 1, due: 1 },
      { name: 'pending_by_webhook', partialFilterExpression: { status: 'pending' } },
      unlimited,
    ),
    deliveries.createIndex({ webhookId: 1, _id: -1 }, { name: 'by_webhook' }, unlimited),
    deliveries.createIndex({ appId: 1, _id: -1 }, { name: 'by_app' }, unlimited),
    deliveries.createIndex(
      { appId: 1, _id: -1 },
      { name: 'failed_by_app', partialFilterExpression: { status: 'failed' } },
      unlimited,
    ),
    deliveries.createIndex(
      { eventId: 1 },
      { name: 'replays', partialFilterExpression: { replay: { $exists: true } } },
      unlimited,
    ),
  ]);
}
