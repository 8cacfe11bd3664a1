import type { DeliveryReason, DeliveryStatus } from '@tocsin/shared';

/*
 * Reconciliation: each accepted event must have exactly one delivery for each matching webhook. This port
 * reads both sides.
 */

/** An event, which owes a delivery to each target. */
export interface OwedEvent {
  readonly id: string;
  readonly appId: string;
  readonly targets: readonly string[];
}

/** The checked fields of a stored delivery. */
export interface RecordedDelivery {
  readonly id: string;
  readonly appId: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  /** Whether it has a due time, so that the engine will claim it. */
  readonly isQueued: boolean;
}

/** Events in the order of their ids, and all deliveries in the same range of ids. */
export interface ReconciliationSlice {
  readonly events: readonly OwedEvent[];
  readonly deliveries: readonly RecordedDelivery[];
  /** Event id at which the next slice begins. Undefined at the end. */
  readonly next: string | undefined;
}

/** Where a slice ends. It has at least one event, whatever the number of its targets. */
export interface SliceLimits {
  readonly events: number;
  /** Targets of all events together, and as many deliveries that no event names. */
  readonly deliveries: number;
}

/** An outbox entry that owes deliveries of a partition that no process owns. */
export interface StuckEntry {
  readonly id: string;
  /** When it was accepted, epoch ms. */
  readonly since: number;
}

export interface ReconciliationStore {
  /** Reads events from the id `from` on, accepted before `until`, epoch ms, and the deliveries of their range. */
  readSlice(from: string, until: number, limits: SliceLimits): Promise<ReconciliationSlice>;
  /** Returns the stored deliveries. Unknown ids are missing. */
  getDeliveries(ids: readonly string[]): Promise<RecordedDelivery[]>;
  /** Returns those of the apps that were deleted, whether or not their erasure is done. */
  findDeletedApps(appIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Returns the ids of those events that exist. */
  findExistingEvents(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Returns the ids of those events that are in the outbox, so that their first attempts are pending. */
  findPendingEvents(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Returns up to `limit` entries that were accepted before `before`, epoch ms, and owe deliveries of partitions
   * without an owner.
   */
  findStuckEntries(before: number, limit: number): Promise<StuckEntry[]>;
}
