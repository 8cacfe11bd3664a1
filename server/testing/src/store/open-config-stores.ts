import { randomBytes } from 'node:crypto';
import type { Clock, Log } from '../../../src/domain/ports/runtime.ts';
import { MemoryAccountStore } from './accounts/account-store.ts';
import { MemoryApiKeyStore } from './accounts/api-key-store.ts';
import { MemoryAppDeletionStore } from './accounts/app-deletion-store.ts';
import { MemoryAppStore } from './accounts/app-store.ts';
import type { AppData } from './accounts/erase-objects.ts';
import { completeSearchWords } from './accounts/search-words-store.ts';
import { MemorySessionStore } from './accounts/session-store.ts';
import { MemoryIdempotentCallStore } from './calls/idempotent-call-store.ts';
import { MemoryChangeLog } from './changes/change-log.ts';
import { MemoryEventTypeStore } from './event-types/event-type-store.ts';
import { MemoryAccountCountStore } from './limits/account-count-store.ts';
import { MemoryIncidentStore } from './incidents/incident-store.ts';
import { MemoryChangeCountStore } from './limits/change-count-store.ts';
import { MemoryDestinationLimitStore } from './limits/destination-limit-store.ts';
import { MemoryRateBudgetStore } from './limits/rate-budget-store.ts';
import type { MemoryConfig } from './memory-config.ts';
import { MemoryNotifications } from './notifications/notifications.ts';
import { MemoryPartitionStore } from './ownership/partition-store.ts';
import { MemoryProcessStore } from './ownership/process-store.ts';
import { MemoryAuditLog } from './system/audit-log.ts';
import { completeIndexes } from './system/complete-indexes.ts';
import { MemoryEndpointHealthStore } from './webhooks/endpoint-health-store.ts';
import { MemoryTestTurnStore } from './webhooks/test-turn-store.ts';
import { MemoryWebhookListStore } from './webhooks/webhook-list-store.ts';
import { MemoryWebhookStore } from './webhooks/webhook-store.ts';

export interface ConfigStoresDeps {
  /** Shared by the processes of one database. */
  readonly config: MemoryConfig;
  /** The events and deliveries that some of these stores read, and that the deletion of an app erases. */
  readonly database: AppData;
  /** Of all stored times. */
  readonly clock: Clock;
  /**
   * By which leases of processes end.
   *
   * @default `clock`
   */
  readonly leaseClock?: Clock | undefined;
  readonly log: Pick<Log, 'error'>;
}

/** Opens the stores of configuration and coordination of a test server, by the names that `createApp` uses. */
export function openConfigStores({ config, database, clock, leaseClock = clock, log }: ConfigStoresDeps) {
  return {
    connection: { ping: () => Promise.resolve() },
    installationId: `ins_${randomBytes(8).toString('hex')}`,
    createProcessId: () => `p${randomBytes(8).toString('hex')}`,
    indexes: completeIndexes,
    getIndexStatus: completeIndexes.status,
    clock,
    notifications: new MemoryNotifications(config, log),
    auditLog: new MemoryAuditLog(config),
    changeLog: new MemoryChangeLog(config, leaseClock),
    accounts: new MemoryAccountStore(config),
    apps: new MemoryAppStore(config),
    appDeletions: new MemoryAppDeletionStore(config, database),
    keys: new MemoryApiKeyStore(config),
    sessions: new MemorySessionStore(config),
    webhooks: new MemoryWebhookStore(config, database),
    webhookLists: new MemoryWebhookListStore(config),
    searchWords: completeSearchWords,
    health: new MemoryEndpointHealthStore(config, database),
    incidents: new MemoryIncidentStore(config),
    eventTypes: new MemoryEventTypeStore(config),
    testTurns: new MemoryTestTurnStore(config),
    accountCounts: new MemoryAccountCountStore(config, database),
    budgets: new MemoryRateBudgetStore(),
    changes: new MemoryChangeCountStore(),
    destinationLimits: new MemoryDestinationLimitStore(config),
    idempotentCalls: new MemoryIdempotentCallStore(config),
    processes: new MemoryProcessStore(config, leaseClock),
    partitions: new MemoryPartitionStore(config, leaseClock),
  };
}

export type ConfigStores = ReturnType<typeof openConfigStores>;
