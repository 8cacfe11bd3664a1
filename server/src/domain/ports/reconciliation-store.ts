import type { DeliveryReason, DeliveryStatus } from '@tocsin/shared';

/*
 * Conservation: for each accepted event and each webhook that it matched there is exactly one account of what became of
 * it. This is the port by which the database is asked for both sides.
 */

/** One event and what it owes: a delivery for each target. */
export interface OwedEvent {
  readonly id: string;
  readonly targets: readonly string[];
}

/** What is recorded of a delivery, as far as it is checked. */
export interface RecordedDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  /** Whether it stands in the queue. */
  readonly isQueued: boolean;
}

/** Some events in the order of their ids, and all deliveries whose ids lie in the same stretch. */
export interface ReconciliationSlice {
  readonly events: readonly OwedEvent[];
  readonly deliveries: readonly RecordedDelivery[];
  /** Where the next slice begins; undefined at the end of the span. */
  readonly next: string | undefined;
}

export interface StuckClaim {
  readonly id: string;
  /** When its lease ended, epoch ms. */
  readonly since: number;
}

export interface ReconciliationStore {
  /** From an event's id on, up to `limit` events accepted before `until`, epoch ms. */
  slice(from: string, until: number, limit: number): Promise<ReconciliationSlice>;
  deliveries(ids: readonly string[]): Promise<RecordedDelivery[]>;
  /** Which of these events exist. */
  existingEvents(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Which of these events stand in an open batch, so that their first attempts are still owed by the queue. */
  openEvents(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Claims whose lease ended before `before` and that nobody took since. */
  stuckClaims(before: number, limit: number): Promise<StuckClaim[]>;
}
