import type { Account, ApiKey, App } from '../../../src/domain/access.ts';
import type { AppDeletion } from '../../../src/domain/app-deletion.ts';
import type { AuditEntry } from '../../../src/domain/audit.ts';
import type { EndpointHealth } from '../../../src/domain/endpoint-health.ts';
import type { IdempotentCall } from '../../../src/domain/ports/idempotent-call-store.ts';
import type { PartitionRecord, ProcessRecord } from '../../../src/domain/ports/ownership.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { Clock } from '../../../src/domain/ports/runtime.ts';
import type { RegisteredEventType } from '../../../src/domain/registered-event-type.ts';
import type { Session } from '../../../src/domain/session.ts';
import type { Webhook } from '../../../src/domain/webhook.ts';
import { ConfigChanges } from './changes/config-changes.ts';
import { NotificationBus } from './notifications/notification-bus.ts';

/**
 * What the stores of configuration and coordination of one test server share. Values are never changed in place: a
 * store that changes one sets another value, and a store that returns one returns a copy.
 */
export interface MemoryConfig {
  readonly accounts: Map<string, Account>;
  readonly apps: Map<string, App>;
  readonly appDeletions: Map<string, StoredAppDeletion>;
  readonly keys: Map<string, ApiKey>;
  /** By the hash of the id. */
  readonly sessions: Map<string, Session>;
  readonly webhooks: Map<string, Webhook>;
  /** The words that find a webhook in lists. */
  readonly webhookWords: Map<string, readonly string[]>;
  /** When the next test ping of a webhook is possible, epoch ms. */
  readonly testTurns: Map<string, number>;
  /** By the id of the webhook. */
  readonly health: Map<string, StoredHealth>;
  readonly incidents: Map<string, Incident>;
  /** By the account and the name, see `toEventTypeId`. */
  readonly eventTypes: Map<string, RegisteredEventType>;
  readonly calls: Map<string, IdempotentCall>;
  readonly processes: Map<string, ProcessRecord>;
  /** Those that were owned at least once. */
  readonly partitions: Map<number, PartitionRecord>;
  readonly auditLog: Map<string, AuditEntry>;
  readonly changes: ConfigChanges;
  readonly bus: NotificationBus;
}

/** A deletion, which is also the tombstone of its app's id. */
export interface StoredAppDeletion extends AppDeletion {
  /** The webhooks at the time of the deletion. Their endpoint health may be written once more. */
  readonly webhookIds: readonly string[];
  /** When to sweep next: the end of the lease while a process holds the deletion. Undefined: never. */
  readonly due: number | undefined;
  /** The fencing token of the process that holds the deletion. */
  readonly token: string | undefined;
  /** When it was last claimed. */
  readonly turnAt: number | undefined;
  /** When a sweep last found nothing. */
  readonly emptySince: number | undefined;
}

export interface StoredHealth extends EndpointHealth {
  readonly appId: string;
  readonly accountId: string;
  /** When the past of the endpoint stopped to apply, epoch ms. 0: never. */
  readonly resetAt: number;
  /** The latest epoch of the webhook's partition in which its owner wrote. */
  readonly epoch: number;
}

export function createMemoryConfig(clock: Clock): MemoryConfig {
  const bus = new NotificationBus();
  return {
    accounts: new Map(),
    apps: new Map(),
    appDeletions: new Map(),
    keys: new Map(),
    sessions: new Map(),
    webhooks: new Map(),
    webhookWords: new Map(),
    testTurns: new Map(),
    health: new Map(),
    incidents: new Map(),
    eventTypes: new Map(),
    calls: new Map(),
    processes: new Map(),
    partitions: new Map(),
    auditLog: new Map(),
    changes: new ConfigChanges(bus, clock),
    bus,
  };
}
