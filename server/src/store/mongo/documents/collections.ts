import type {
  AnyEventType,
  AttemptReason,
  AuditAction,
  AuditActor,
  AuditDetails,
  DeliveryReason,
  DeliveryStatus,
  DisabledReason,
  Format,
  SigningProfile,
  Scope,
  Signing,
} from '@tocsin/shared';
import type { Collection, Db, Document, ObjectId } from 'mongodb';
import type { ConfigChange } from '../../../domain/ports/process-registry.ts';

/*
 * What is stored. Field names are whole words: storage engine compression makes short ones pointless.
 * Times are Dates, so that they read well in a shell and retention can compare them.
 */

export interface AccountDoc {
  _id: string;
  name: string;
  createdAt: Date;
}

export interface AppDoc {
  _id: string;
  accountId: string;
  name: string;
  createdAt: Date;
}

export interface ApiKeyDoc {
  _id: string;
  accountId: string;
  name: string;
  scopes: Scope[];
  hash: string;
  prefix: string;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

export interface WebhookDoc {
  _id: string;
  appId: string;
  mount: 'authon' | 'authforge' | null;
  profile: SigningProfile;
  format: Format;
  url: string;
  events: AnyEventType[];
  enabled: boolean;
  disabledReason: DisabledReason | null;
  secret: string;
  signing: Signing;
  publicKey: string | null;
  previousSecrets: { sealed: string; until: Date }[];
  headers: Record<string, string>;
  description: string | null;
  rateLimit: number | null;
  createdAt: Date;
  updatedAt: Date;
}

/** `count` webhooks exist in a counting group of an app. Makes the limit exact when two creations race. */
interface WebhookCountDoc {
  _id: string;
  count: number;
}

export interface EndpointHealthDoc {
  _id: string;
  failuresInARow: number;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  lastFailureReason: AttemptReason | null;
  failingSince: Date | null;
}

/**
 * An event, and in the first of those that were accepted together their outbox entry: `batch` are the ids of all of
 * them, absent when it is alone. `due` exists while the batch is open: until each target of each event has a delivery
 * document. It is the lease's end while a process holds the batch under `lease`.
 */
export interface EventDoc {
  _id: string;
  appId: string;
  type: AnyEventType;
  timestamp: Date;
  data: string;
  at: Date;
  targets: string[];
  key?: string;
  traceparent?: string;
  batch?: string[];
  /** A webhook that had no room when the batch came: all of its events wait for it. */
  lane?: string;
  /** Since when events of the batch were seen to be missing; see open-batches.ts. */
  gapSince?: Date;
  due?: Date;
  lease?: string;
}

export interface AttemptDoc {
  at: Date;
  ms: number;
  status: number | null;
  reason?: AttemptReason;
  reply?: string;
}

/** `due` exists while the delivery is pending: one field is the queue's order and the lease's end. */
export interface DeliveryDoc {
  _id: string;
  eventId: string;
  appId: string;
  webhookId: string;
  type: AnyEventType;
  status: DeliveryStatus;
  attempts: AttemptDoc[];
  attemptCount: number;
  at: Date;
  reason?: DeliveryReason;
  due?: Date;
  lease?: string;
  finishedAt?: Date;
}

/** Counts of one app in one minute; absent means none. */
export interface ActivityDoc {
  _id: string;
  appId: string;
  at: Date;
  accepted?: number;
  delivered?: number;
  failed?: number;
  cancelled?: number;
  latency?: Record<string, number>;
}

/** `due` exists while it runs: when it may be worked on, or until when a process does. */
export interface ReplayDoc {
  _id: string;
  appId: string;
  webhookId: string;
  since: Date;
  until: Date;
  deliveryStatus: 'delivered' | 'failed' | 'cancelled';
  types?: AnyEventType[];
  status: 'running' | 'done' | 'cancelled';
  total: number;
  done: number;
  createdAt: Date;
  due?: Date;
  finishedAt?: Date;
}

/** A running process: whose leases may be taken back at once when it is known to be dead. */
interface ProcessDoc {
  _id: string;
  host: string;
  pidSpace: string;
  pid: number;
  role: string;
  startedAt: Date;
}

/** Append-only. `at` is what retention compares. */
export interface AuditDoc {
  _id: string;
  at: Date;
  action: AuditAction;
  actor: AuditActor;
  accountId: string | null;
  appId: string | null;
  targetId: string | null;
  address: string | null;
  requestId: string | null;
  details: AuditDetails;
}

/** One document: the form of the database, and the lease of the process that changes it. */
export interface SchemaDoc {
  _id: 'schema';
  version: number;
  /** Processes that know no version as high as this are refused. */
  requires: number;
  applied: { version: number; name: string; at: Date }[];
  holder?: string;
  until?: Date;
}

/** Told to all processes; capped, so the oldest make room for the newest. The order is that of insertion, not of `_id`. */
export type NotificationDoc = { _id: ObjectId } & (
  | { kind: 'work' }
  | { kind: 'changed'; collection: ConfigChange['collection']; id: string; appId?: string | undefined }
  /** By which a process knows, when it reads it, that all before it is old. */
  | { kind: 'listening' }
);

export interface Collections {
  readonly accounts: Collection<AccountDoc>;
  readonly apps: Collection<AppDoc>;
  readonly keys: Collection<ApiKeyDoc>;
  readonly webhooks: Collection<WebhookDoc>;
  readonly webhookCounts: Collection<WebhookCountDoc>;
  readonly health: Collection<EndpointHealthDoc>;
  readonly events: Collection<EventDoc>;
  readonly deliveries: Collection<DeliveryDoc>;
  readonly activity: Collection<ActivityDoc>;
  readonly replays: Collection<ReplayDoc>;
  readonly processes: Collection<ProcessDoc>;
  readonly notifications: Collection<NotificationDoc>;
  readonly auditLog: Collection<AuditDoc>;
  readonly schema: Collection<SchemaDoc>;
}

export function getCollections(db: Db): Collections {
  const named = <TDoc extends Document>(name: string) => db.collection<TDoc>(name);
  return {
    accounts: named<AccountDoc>('accounts'),
    apps: named<AppDoc>('apps'),
    keys: named<ApiKeyDoc>('keys'),
    webhooks: named<WebhookDoc>('webhooks'),
    webhookCounts: named<WebhookCountDoc>('webhook_counts'),
    health: named<EndpointHealthDoc>('endpoint_health'),
    events: named<EventDoc>('events'),
    deliveries: named<DeliveryDoc>('deliveries'),
    activity: named<ActivityDoc>('activity'),
    replays: named<ReplayDoc>('replays'),
    processes: named<ProcessDoc>('processes'),
    notifications: named<NotificationDoc>('signal_log'),
    auditLog: named<AuditDoc>('audit_log'),
    schema: named<SchemaDoc>('schema'),
  };
}
