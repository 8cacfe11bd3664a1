import type { DeliveryReason, DeliveryStatus } from '@tocsin/shared';
import type { Attempt } from '../delivery.ts';
import type { AcceptedEvent } from '../event.ts';

/* The engine's view of the database: claim due work, keep its leases, store results. */

/**
 * The queue of due work: outbox entries and retries. Delivery is at-least-once.
 *
 * Each claim writes a lease token, which is also the fencing token: every write that ends a claim repeats it,
 * so a process whose lease expired changes nothing. Calls never wait for work.
 */
export interface DeliveryQueue {
  /**
   * Claims due outbox entries with about `limit` events in total. Entries are claimed as a whole, at least
   * one.
   */
  claimEntries(request: ClaimRequest): Promise<ClaimedEntry[]>;
  /** Claims due deliveries that have a document: retries and deferred first attempts. */
  claimDeliveries(request: ClaimRequest): Promise<ClaimedDelivery[]>;
  /**
   * Writes results, in one round trip per source. Returns the ids of fenced deliveries: another process holds
   * or finished them, so our attempt was a duplicate.
   */
  writeResults(results: readonly DeliveryResult[]): Promise<ReadonlySet<string>>;
  /** Removes entries from the outbox. Each target of each of their events must have its document. */
  completeEntries(entryIds: readonly string[], token: string): Promise<void>;
  /** Extends leases to `leaseMs` from now. */
  renew(items: LeasedItems, leaseMs: number): Promise<void>;
  /** Ends leases; the items are due at once. */
  release(items: LeasedItems): Promise<void>;
  /** Releases all leases of a dead process. Returns their number. */
  releaseOwner(owner: string): Promise<number>;
  /** When the next item is due or its lease ends, epoch ms. Undefined if the queue is empty. */
  nextDueAt(): Promise<number | undefined>;
}

/** The right of one process to work on an item, until it expires. */
export interface Lease {
  /** The fencing token. */
  readonly token: string;
  /** End of the lease in database time, epoch ms. */
  readonly until: number;
}

export interface ClaimRequest {
  readonly limit: number;
  /** The new leases' fencing token. */
  readonly token: string;
  readonly leaseMs: number;
  /** Webhooks whose endpoint queues have no room. */
  readonly excludedWebhookIds: readonly string[];
}

/**
 * A claimed outbox entry: its events, each with the indexes of the targets that have no delivery document.
 */
export interface ClaimedEntry {
  readonly id: string;
  readonly events: readonly { readonly event: AcceptedEvent; readonly missing: readonly number[] }[];
  /** False while some of its events may still be inserted. An incomplete entry stays in the outbox. */
  readonly isComplete: boolean;
}

/** A delivery to attempt, with the claim it is held under. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly event: AcceptedEvent;
  /** Earlier attempts. */
  readonly attemptCount: number;
  readonly createdAt: number;
  /**
   * Where the delivery comes from, which decides how its result is fenced:
   *
   * - `outbox`: it has no document. Inserting the first one is the fence, because its id is unique.
   * - `retry`: its document exists and carries our token.
   */
  readonly source: 'outbox' | 'retry';
  readonly token: string;
}

/** The result of a delivery, with or without an attempt. */
export interface DeliveryResult {
  readonly delivery: ClaimedDelivery;
  /** Undefined if the delivery was deferred or cancelled without an attempt. */
  readonly attempt: Attempt | undefined;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  /** When to attempt it next, epoch ms. Never null while pending, so that no delivery is forgotten. */
  readonly dueAt: number | null;
  readonly at: number;
}

/** Items under leases with the same token. */
export interface LeasedItems {
  readonly token: string;
  readonly entryIds: readonly string[];
  readonly deliveryIds: readonly string[];
}
