import type { Collection, Db, Document } from 'mongodb';
import { storeLimits, withTimeLimits, type TimeLimits } from '../driver/time-limits.ts';
import type { AccountDoc, ApiKeyDoc, AppDeletionDoc, AppDoc, SessionDoc } from './account.ts';
import type { AlertChannelDoc, AlertMessageDoc, AlertRuleDoc, OpenAlertDoc } from './alert.ts';
import type { DeliveryDoc, ReplayDoc } from './delivery.ts';
import type { EndpointWatchDoc, MonitorDoc, OperationalNoticeDoc } from './endpoint-watch.ts';
import type { EventDoc } from './event.ts';
import type { FeedConsumersDoc, FeedLogDoc, FeedSliceDoc } from './feed.ts';
import type { EventTypeDoc } from './event-type.ts';
import type { IncidentDoc } from './incident.ts';
import type { IdempotentCallDoc } from './idempotent-call.ts';
import type { ChangeCountDoc, DestinationLimitDoc, RateBudgetDoc } from './limits.ts';
import type { PartitionDoc, ProcessDoc } from './ownership.ts';
import type {
  ActivityDoc,
  AuditDoc,
  ChangeDoc,
  InstallationDoc,
  NotificationDoc,
  SchemaDoc,
} from './system.ts';
import type { WebhookActivityDoc } from './webhook-activity.ts';
import type { EndpointHealthDoc, WebhookCountDoc, WebhookDoc } from './webhook.ts';

/*
 * The collections. Field names are whole words, because the storage engine compresses them. Times are Dates,
 * which are readable in a shell and comparable by TTL indexes.
 */

export interface Collections {
  readonly accounts: Collection<AccountDoc>;
  readonly apps: Collection<AppDoc>;
  readonly appDeletions: Collection<AppDeletionDoc>;
  readonly keys: Collection<ApiKeyDoc>;
  readonly sessions: Collection<SessionDoc>;
  readonly webhooks: Collection<WebhookDoc>;
  readonly webhookCounts: Collection<WebhookCountDoc>;
  readonly health: Collection<EndpointHealthDoc>;
  readonly events: Collection<EventDoc>;
  readonly deliveries: Collection<DeliveryDoc>;
  readonly eventTypes: Collection<EventTypeDoc>;
  readonly activity: Collection<ActivityDoc>;
  readonly webhookActivity: Collection<WebhookActivityDoc>;
  readonly incidents: Collection<IncidentDoc>;
  readonly replays: Collection<ReplayDoc>;
  readonly processes: Collection<ProcessDoc>;
  readonly partitions: Collection<PartitionDoc>;
  readonly notifications: Collection<NotificationDoc>;
  readonly changes: Collection<ChangeDoc>;
  readonly auditLog: Collection<AuditDoc>;
  readonly rateBudgets: Collection<RateBudgetDoc>;
  readonly changeCounts: Collection<ChangeCountDoc>;
  readonly destinationLimits: Collection<DestinationLimitDoc>;
  readonly idempotentCalls: Collection<IdempotentCallDoc>;
  readonly feedSlices: Collection<FeedSliceDoc>;
  readonly feedLog: Collection<FeedLogDoc>;
  readonly feedConsumers: Collection<FeedConsumersDoc>;
  readonly alertChannels: Collection<AlertChannelDoc>;
  readonly alertRules: Collection<AlertRuleDoc>;
  readonly openAlerts: Collection<OpenAlertDoc>;
  readonly alertMessages: Collection<AlertMessageDoc>;
  readonly endpointWatches: Collection<EndpointWatchDoc>;
  readonly operationalNotices: Collection<OperationalNoticeDoc>;
  readonly monitor: Collection<MonitorDoc>;
  readonly schema: Collection<SchemaDoc>;
  readonly installation: Collection<InstallationDoc>;
}

/** Returns the collections of a database. Each operation on them has a time limit in mongod. */
export function getCollections(db: Db, limits: TimeLimits = storeLimits): Collections {
  const get = <TDoc extends Document>(name: string) => withTimeLimits(db.collection<TDoc>(name), limits);
  return {
    accounts: get<AccountDoc>('accounts'),
    apps: get<AppDoc>('apps'),
    appDeletions: get<AppDeletionDoc>('app_deletions'),
    keys: get<ApiKeyDoc>('keys'),
    sessions: get<SessionDoc>('sessions'),
    webhooks: get<WebhookDoc>('webhooks'),
    webhookCounts: get<WebhookCountDoc>('webhook_counts'),
    health: get<EndpointHealthDoc>('endpoint_health'),
    events: get<EventDoc>('events'),
    deliveries: get<DeliveryDoc>('deliveries'),
    eventTypes: get<EventTypeDoc>('event_types'),
    activity: get<ActivityDoc>('activity'),
    webhookActivity: get<WebhookActivityDoc>('webhook_activity'),
    incidents: get<IncidentDoc>('incidents'),
    replays: get<ReplayDoc>('replays'),
    processes: get<ProcessDoc>('processes'),
    partitions: get<PartitionDoc>('partitions'),
    // The stored name is older than the word notification.
    notifications: get<NotificationDoc>('signal_log'),
    changes: get<ChangeDoc>('changes'),
    auditLog: get<AuditDoc>('audit_log'),
    rateBudgets: get<RateBudgetDoc>('rate_budgets'),
    changeCounts: get<ChangeCountDoc>('change_counts'),
    destinationLimits: get<DestinationLimitDoc>('destination_limits'),
    idempotentCalls: get<IdempotentCallDoc>('idempotent_calls'),
    feedSlices: get<FeedSliceDoc>('feed_slices'),
    feedLog: get<FeedLogDoc>('feed_log'),
    feedConsumers: get<FeedConsumersDoc>('feed_consumers'),
    alertChannels: get<AlertChannelDoc>('alert_channels'),
    alertRules: get<AlertRuleDoc>('alert_rules'),
    openAlerts: get<OpenAlertDoc>('open_alerts'),
    alertMessages: get<AlertMessageDoc>('alert_messages'),
    endpointWatches: get<EndpointWatchDoc>('endpoint_watches'),
    operationalNotices: get<OperationalNoticeDoc>('operational_notices'),
    monitor: get<MonitorDoc>('monitor'),
    schema: get<SchemaDoc>('schema'),
    installation: get<InstallationDoc>('installation'),
  };
}
