import type { DestinationLimit } from './destination-limits.ts';

/**
 * Notifications between all processes on one database, including the sender itself. Best effort: a lost
 * notification delays other processes until they poll. Changes to configuration are also in the change log.
 */
export interface Notifications {
  /** Tells the owners of partitions of new work. Returns at once and never throws. */
  notifyWork(notice: WorkNotice): void;
  /** Listeners are called in the order of subscription. */
  subscribe(listener: NotificationListener): void;
}

export interface NotificationListener {
  /** Each listener picks the work of its own partitions. */
  onWork(notice: WorkNotice): void;
  /** Undefined: anything may have changed, for example after notifications were lost. */
  onConfigChange(change: ConfigChange | undefined): void;
  /** Partitions changed hands, or are asked for. */
  onOwnersChange?(): void;
  /** Limits of chat services are in force. */
  onDestinationLimits?(limits: readonly DestinationLimit[]): void;
}

/** Part of the notifications that the owners of partitions send. */
export interface OwnerNotifications {
  /** Returns at once and never throws. */
  notifyOwners(): void;
}

/** New work that is durable. */
export interface WorkNotice {
  readonly entries: readonly EntryNotice[];
  /** Webhooks with waiting deliveries that are due. */
  readonly webhookIds: readonly string[];
}

/** An entry that owes deliveries of partitions. */
export interface EntryNotice {
  readonly entryId: string;
  readonly partitions: readonly number[];
}

/** A durable change to configuration that processes cache. */
export interface ConfigChange {
  readonly collection: 'accounts' | 'webhooks' | 'apps' | 'keys' | 'sessions' | 'eventTypes';
  /** Of event types: their account, or `*` for those of all accounts. */
  readonly id: string;
  /** The app whose webhooks changed, or the changed app itself. Undefined for all others. */
  readonly appId: string | undefined;
  /** Whether the past of the webhook's endpoint no longer applies. */
  readonly resetsHealth?: boolean;
}
