import type { IndexStatus } from '@tocsin/shared';
import type {
  AccountStore,
  ApiKeyStore,
  AppStore,
  SearchWordsStore,
  SessionStore,
} from '../domain/ports/access-stores.ts';
import type { ActivityStore } from '../domain/ports/activity-store.ts';
import type { AlertStore } from '../domain/ports/alert-store.ts';
import type { AppDeletionStore } from '../domain/ports/app-deletion-store.ts';
import type { AuditLog } from '../domain/ports/audit-log.ts';
import type { BacklogStore } from '../domain/ports/backlog-store.ts';
import type { CancellationStore, ReplayStore, RetentionStore } from '../domain/ports/bulk-stores.ts';
import type { ChangeLog } from '../domain/ports/change-log.ts';
import type { DeliveryQueue } from '../domain/ports/delivery-queue.ts';
import type { DeliveryStore } from '../domain/ports/delivery-store.ts';
import type { DestinationLimitStore } from '../domain/ports/destination-limits.ts';
import type { EndpointWatchStore } from '../domain/ports/endpoint-watch-store.ts';
import type { EventFeed } from '../domain/ports/event-feed.ts';
import type { IncidentStore } from '../domain/ports/incident-store.ts';
import type { FeedConsumerStore } from '../domain/ports/feed-consumers.ts';
import type { FeedLog, FeedSource } from '../domain/ports/feed-log.ts';
import type { EventStore } from '../domain/ports/event-store.ts';
import type { EventTypeStore } from '../domain/ports/event-type-store.ts';
import type { IdempotentCallStore } from '../domain/ports/idempotent-call-store.ts';
import type { AccountCountStore, ChangeCountStore, RateBudgetStore } from '../domain/ports/limit-stores.ts';
import type { Notifications, OwnerNotifications } from '../domain/ports/notifications.ts';
import type { PartitionStore, ProcessStore } from '../domain/ports/ownership.ts';
import type { ReconciliationStore } from '../domain/ports/reconciliation-store.ts';
import type { SearchStore } from '../domain/ports/search-store.ts';
import type { Clock } from '../domain/ports/runtime.ts';
import type { TestTurnStore } from '../domain/ports/sending.ts';
import type { WebhookListStore } from '../domain/ports/webhook-list-store.ts';
import type { WebhookActivityStore } from '../domain/ports/webhook-activity-store.ts';
import type { EndpointHealthStore, WebhookStore } from '../domain/ports/webhook-store.ts';

/** The ports of storage. `openMongoStores` opens those of the server. */
export interface Stores {
  /** The same for all processes of an installation. */
  readonly installationId: string;
  readonly clock: Clock;
  readonly notifications: Notifications & OwnerNotifications;
  readonly changeLog: ChangeLog;
  readonly auditLog: AuditLog;
  readonly accounts: AccountStore;
  readonly apps: AppStore;
  readonly appDeletions: AppDeletionStore;
  readonly keys: ApiKeyStore;
  readonly sessions: SessionStore;
  readonly webhooks: WebhookStore;
  readonly webhookLists: WebhookListStore;
  readonly searchWords: SearchWordsStore;
  readonly health: EndpointHealthStore;
  readonly incidents: IncidentStore;
  readonly watches: EndpointWatchStore;
  readonly alerts: AlertStore;
  readonly testTurns: TestTurnStore;
  readonly events: EventStore;
  readonly eventTypes: EventTypeStore;
  readonly feed: EventFeed;
  readonly feedLog: FeedLog;
  readonly feedSource: FeedSource;
  readonly feedConsumers: FeedConsumerStore;
  readonly queue: DeliveryQueue;
  readonly deliveries: DeliveryStore;
  readonly replays: ReplayStore;
  readonly cancellations: CancellationStore;
  readonly retention: RetentionStore;
  readonly activity: ActivityStore;
  readonly webhookActivity: WebhookActivityStore;
  readonly backlogs: BacklogStore;
  readonly reconciliation: ReconciliationStore;
  readonly search: SearchStore;
  readonly accountCounts: AccountCountStore;
  readonly budgets: RateBudgetStore;
  readonly changes: ChangeCountStore;
  readonly destinationLimits: DestinationLimitStore;
  readonly idempotentCalls: IdempotentCallStore;
  readonly processes: ProcessStore;
  readonly partitions: PartitionStore;
  /** Returns a new id for each call. */
  createProcessId(): string;
  /** Whether sending can start. */
  readonly indexes: { readonly isReadyToSend: boolean };
  getIndexStatus(): Promise<IndexStatus[]>;
  /** Runs work whose reads end at a deadline, in the time of `performance.now()`. */
  readWithin<T>(deadline: number | undefined, work: () => Promise<T>): Promise<T>;
}
