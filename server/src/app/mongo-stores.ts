import { randomBytes } from 'node:crypto';
import { PeriodicTask } from '../services/common/periodic-task.ts';
import {
  createEndAbandonedTransactions,
  endAbandonedEveryMs,
} from '../services/maintenance/abandoned-transactions.ts';
import { checkEncryptionKey } from '../services/maintenance/check-encryption-key.ts';
import { IndexBuilder } from '../services/maintenance/index-builder.ts';
import { migrate } from '../services/maintenance/migrate.ts';
import { createOldFormSealer, createSecretBox } from '../services/webhooks/secret-box.ts';
import { MongoAccountStore } from '../store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../store/mongo/accounts/api-key-store.ts';
import { MongoAppDeletionStore } from '../store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../store/mongo/accounts/app-store.ts';
import { MongoSearchWordsStore } from '../store/mongo/accounts/search-words-store.ts';
import { MongoSessionStore } from '../store/mongo/accounts/session-store.ts';
import { MongoIdempotentCallStore } from '../store/mongo/calls/idempotent-call-store.ts';
import { MongoChangeLog } from '../store/mongo/changes/change-log.ts';
import { ConfigChanges } from '../store/mongo/changes/config-changes.ts';
import { Connection } from '../store/mongo/connection.ts';
import { MongoCancellationStore } from '../store/mongo/deliveries/cancellation-store.ts';
import { MongoDeliveryStore } from '../store/mongo/deliveries/delivery-store.ts';
import { MongoReplayStore } from '../store/mongo/deliveries/replay-store.ts';
import { MongoRetentionStore } from '../store/mongo/deliveries/retention-store.ts';
import { getCollections, type Collections } from '../store/mongo/documents/collections.ts';
import { endAbandonedTransactions } from '../store/mongo/driver/abandoned-transactions.ts';
import { maintenanceLimits } from '../store/mongo/driver/time-limits.ts';
import { withUnavailableErrors } from '../store/mongo/driver/unavailable.ts';
import { MongoEventTypeStore } from '../store/mongo/event-types/event-type-store.ts';
import { MongoEventFeed } from '../store/mongo/events/event-feed.ts';
import { MongoEventStore } from '../store/mongo/events/event-store.ts';
import { MongoFeedConsumerStore } from '../store/mongo/feed/feed-consumer-store.ts';
import { MongoFeedLog } from '../store/mongo/feed/feed-log.ts';
import { MongoFeedSource } from '../store/mongo/feed/feed-source.ts';
import { MongoIncidentStore } from '../store/mongo/incidents/incident-store.ts';
import { MongoAccountCountStore } from '../store/mongo/limits/account-count-store.ts';
import { MongoChangeCountStore } from '../store/mongo/limits/change-count-store.ts';
import { MongoDestinationLimitStore } from '../store/mongo/limits/destination-limit-store.ts';
import { MongoRateBudgetStore } from '../store/mongo/limits/rate-budget-store.ts';
import { MongoAlertStore } from '../store/mongo/alerts/alert-store.ts';
import { MongoEndpointWatchStore } from '../store/mongo/alerts/endpoint-watch-store.ts';
import { MongoNotifications } from '../store/mongo/notifications/notifications.ts';
import { MongoPartitionStore } from '../store/mongo/ownership/partition-store.ts';
import { MongoProcessStore } from '../store/mongo/ownership/process-store.ts';
import { MongoDeliveryQueue } from '../store/mongo/queue/delivery-queue.ts';
import { MongoIndexStore } from '../store/mongo/schema/index-store.ts';
import { bindMigrations } from '../store/mongo/schema/migrations/list.ts';
import { MongoSchemaStore } from '../store/mongo/schema/migrations/schema-store.ts';
import { MongoSearchStore } from '../store/mongo/search/search-store.ts';
import { MongoActivityStore } from '../store/mongo/system/activity-store.ts';
import { MongoAuditLog } from '../store/mongo/system/audit-log.ts';
import { loadOrCreateInstallationId } from '../store/mongo/system/installation.ts';
import { MongoReconciliationStore } from '../store/mongo/system/reconciliation-store.ts';
import { MongoBacklogStore } from '../store/mongo/webhooks/backlog-store.ts';
import { MongoEndpointHealthStore } from '../store/mongo/webhooks/endpoint-health-store.ts';
import { MongoTestTurnStore } from '../store/mongo/webhooks/test-turn-store.ts';
import { MongoWebhookListStore } from '../store/mongo/webhooks/webhook-list-store.ts';
import { MongoWebhookActivityStore } from '../store/mongo/webhooks/webhook-activity-store.ts';
import { MongoWebhookStore } from '../store/mongo/webhooks/webhook-store.ts';
import type { Cleanup } from './cleanup.ts';
import { defaultAuditRetentionDays, type AppOptions } from './options.ts';
import type { Stores } from './stores.ts';

/** The stores of the server, and what only a database has. */
export interface MongoStores {
  readonly stores: Stores;
  readonly connection: Connection;
  readonly indexes: IndexBuilder;
  readonly notifications: MongoNotifications;
}

/** Connects to the database, brings its schema up to date and creates the stores. */
export async function openMongoStores(options: AppOptions, cleanup: Cleanup): Promise<MongoStores> {
  const { log } = options;
  const connection = await Connection.open({ uri: options.mongodbUri });
  cleanup.add(() => connection.close());
  const endAbandoned = new PeriodicTask({
    everyMs: endAbandonedEveryMs,
    run: createEndAbandonedTransactions({
      end: async (idleMs) => await endAbandonedTransactions(connection.client, idleMs),
      log,
    }),
  });
  endAbandoned.start();
  cleanup.add(() => endAbandoned.stop());
  const { db, collections } = connection;
  const maintenance = getCollections(db, maintenanceLimits);
  await migrate({
    schema: new MongoSchemaStore(collections, connection.clock),
    migrations: bindMigrations({
      db,
      collections: maintenance,
      log,
      oldForms: createOldFormSealer(options.encryptionKey, options.ENCRYPTION_KEY_PREVIOUS),
    }),
    holder: createProcessId(),
    log,
  });
  await checkEncryptionKey({
    store: new MongoWebhookStore(collections),
    secretBox: createSecretBox(options.encryptionKey, options.ENCRYPTION_KEY_PREVIOUS),
    isHeld: options.DELIVERY_HOLD ?? false,
    log,
  });
  const indexes = new IndexBuilder({ indexes: new MongoIndexStore(db), log });
  cleanup.add(() => indexes.stop());
  await indexes.start();

  const clock = options.clock ?? connection.clock;
  const notifications = new MongoNotifications(db, collections, log);
  cleanup.add(() => notifications.close());
  const installationId = await loadOrCreateInstallationId(
    collections,
    `ins_${randomBytes(8).toString('hex')}`,
  );
  const auditLog = new MongoAuditLog(db, collections);
  await auditLog.setRetention(options.AUDIT_RETENTION_DAYS ?? defaultAuditRetentionDays);
  const stores: Stores = {
    installationId,
    indexes,
    getIndexStatus: withUnavailableErrors({ get: () => indexes.status() }).get,
    clock,
    notifications,
    auditLog: withUnavailableErrors(auditLog),
    createProcessId,
    readWithin: async (deadline, work) => await connection.deadlines.run(deadline, work),
    changeLog: withUnavailableErrors(new MongoChangeLog(collections)),
    feed: new MongoEventFeed(connection.feedCollections),
    feedSource: new MongoFeedSource(connection.feedCollections),
    retention: new MongoRetentionStore(maintenance),
    ...createWrappedStores(collections, new ConfigChanges(collections)),
  };
  return { stores, connection, indexes, notifications };
}

/** The stores of the API and the engine: their calls end, and a lost connection is a retryable error. */
function createWrappedStores(collections: Collections, changes: ConfigChanges) {
  return {
    accounts: withUnavailableErrors(new MongoAccountStore(collections, changes)),
    apps: withUnavailableErrors(new MongoAppStore(collections, changes)),
    appDeletions: withUnavailableErrors(new MongoAppDeletionStore(collections, changes)),
    keys: withUnavailableErrors(new MongoApiKeyStore(collections, changes)),
    sessions: withUnavailableErrors(new MongoSessionStore(collections, changes)),
    webhooks: withUnavailableErrors(new MongoWebhookStore(collections, changes)),
    webhookLists: withUnavailableErrors(new MongoWebhookListStore(collections)),
    searchWords: withUnavailableErrors(new MongoSearchWordsStore(collections)),
    health: withUnavailableErrors(new MongoEndpointHealthStore(collections)),
    incidents: withUnavailableErrors(new MongoIncidentStore(collections)),
    watches: withUnavailableErrors(new MongoEndpointWatchStore(collections)),
    alerts: withUnavailableErrors(new MongoAlertStore(collections)),
    events: withUnavailableErrors(new MongoEventStore(collections)),
    eventTypes: withUnavailableErrors(new MongoEventTypeStore(collections, changes)),
    deliveries: withUnavailableErrors(new MongoDeliveryStore(collections)),
    queue: withUnavailableErrors(new MongoDeliveryQueue(collections)),
    feedLog: withUnavailableErrors(new MongoFeedLog(collections)),
    feedConsumers: withUnavailableErrors(new MongoFeedConsumerStore(collections)),
    replays: withUnavailableErrors(new MongoReplayStore(collections)),
    cancellations: withUnavailableErrors(new MongoCancellationStore(collections)),
    testTurns: withUnavailableErrors(new MongoTestTurnStore(collections)),
    activity: withUnavailableErrors(new MongoActivityStore(collections)),
    webhookActivity: withUnavailableErrors(new MongoWebhookActivityStore(collections)),
    backlogs: withUnavailableErrors(new MongoBacklogStore(collections)),
    accountCounts: withUnavailableErrors(new MongoAccountCountStore(collections)),
    budgets: new MongoRateBudgetStore(collections),
    changes: withUnavailableErrors(new MongoChangeCountStore(collections)),
    destinationLimits: withUnavailableErrors(new MongoDestinationLimitStore(collections)),
    idempotentCalls: withUnavailableErrors(new MongoIdempotentCallStore(collections)),
    processes: withUnavailableErrors(new MongoProcessStore(collections)),
    partitions: withUnavailableErrors(new MongoPartitionStore(collections)),
    reconciliation: withUnavailableErrors(new MongoReconciliationStore(collections)),
    search: withUnavailableErrors(new MongoSearchStore(collections)),
  };
}

function createProcessId(): string {
  return `p${randomBytes(8).toString('hex')}`;
}
