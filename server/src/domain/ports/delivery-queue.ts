import type { DeliveryReason, DeliveryStatus } from '@tocsin/shared';
import type { Attempt } from '../delivery.ts';
import type { AcceptedEvent } from '../event.ts';

/* The engine's view of the database: find work of its partitions, and store results. */

/**
 * The durable queue. Its work is named by partition, never by process:
 *
 * - An open entry owes the first results of its events' deliveries in the partitions that it names.
 * - A waiting delivery has a document with a due time.
 *
 * Finding work changes nothing, so a process may find the same work twice. What it writes is fenced by the
 * unique id of a first result and by the revision of later ones. Delivery is at-least-once.
 */
export interface DeliveryQueue {
  /**
   * Returns up to `limit` open entries that owe deliveries of the partitions, in the order of their ids, after
   * the id `after` and accepted before `acceptedBefore`, epoch ms. Returns only what a majority has.
   */
  findOpenEntries(search: EntrySearch): Promise<OpenEntry[]>;
  /** Returns the entries with these ids. Those that are not open are missing. */
  getOpenEntries(ids: readonly string[]): Promise<OpenEntry[]>;
  /** Reads the events of entries, and which of their deliveries in the partitions have no document. */
  readEntries(entries: readonly OpenEntry[], partitions: ReadonlySet<number>): Promise<OwedEntry[]>;
  /**
   * Closes the gaps of entries: takes the ids of missing events, so that an insert that comes late is refused.
   * Afterwards, each event of the entries is stored or will never be.
   */
  closeGaps(entries: readonly OpenEntry[]): Promise<void>;
  /** Removes partitions from entries. Each delivery of the entry in the partition must have a document. */
  closeEntries(closings: readonly EntryClosing[]): Promise<void>;
  /**
   * Writes results, in one round trip for first results and one for later ones. Returns the ids of deliveries
   * that another writer had changed: the attempt is added to them, and their status stays unless ours is
   * `delivered`.
   */
  writeResults(results: readonly DeliveryResult[]): Promise<ReadonlySet<string>>;
  /** Returns those of the partitions in which a delivery waits. One round trip. Reads only index keys. */
  findWaitingPartitions(partitions: readonly number[]): Promise<number[]>;
  /** Returns the first waiting delivery of each webhook of the partition. Reads only index keys. */
  findHeads(partition: number): Promise<WaitingDelivery[]>;
  /** Returns those of the deliveries that are due, with their events. */
  pullMany(deliveryIds: readonly string[], now: number): Promise<DueDelivery[]>;
  /**
   * Returns all waiting deliveries of some webhooks: those that are due, and when the others are. Undefined if
   * there are more than `limit`.
   */
  pullWebhooks(webhookIds: readonly string[], limit: number, now: number): Promise<WebhookPull | undefined>;
  /** Returns up to `limit` due deliveries of one webhook, oldest first, and when the next one is due. */
  pullBacklog(webhookId: string, limit: number, now: number): Promise<BacklogPull>;
  /** Converts work that a process of an older release left. Returns the number of converted documents. */
  convertOldForm(limit: number): Promise<number>;
}

export interface EntrySearch {
  readonly partitions: readonly number[];
  readonly after: string | undefined;
  readonly acceptedBefore: number;
  readonly limit: number;
}

/** An entry: events that were accepted together. Its id is that of its first event. */
export interface OpenEntry {
  readonly id: string;
  readonly eventIds: readonly string[];
  /** The partitions whose deliveries it still owes. */
  readonly open: readonly number[];
}

/** An entry with its events, each with the indexes of the owed targets that have no delivery document. */
export interface OwedEntry {
  readonly id: string;
  readonly open: readonly number[];
  readonly events: readonly { readonly event: AcceptedEvent; readonly missing: readonly number[] }[];
  /** False while some of its events may still be inserted. The entry stays open until then. */
  readonly isComplete: boolean;
}

export interface EntryClosing {
  readonly entryId: string;
  readonly partition: number;
}

/** A delivery to attempt. */
export interface DueDelivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly event: AcceptedEvent;
  /** Earlier attempts. */
  readonly attemptCount: number;
  readonly createdAt: number;
  /** The revision of its document. 0: it has none, and is owed by an entry. */
  readonly revision: number;
  /** True if it was sent by hand, and needs no subscription. */
  readonly isSentByHand?: boolean | undefined;
}

/** The result of a delivery, with or without an attempt. */
export interface DeliveryResult {
  readonly delivery: DueDelivery;
  /** Undefined if the delivery goes to the database, or was cancelled, without an attempt. */
  readonly attempt: Attempt | undefined;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  /** When to attempt it next, epoch ms. Never null while pending, so that no delivery is forgotten. */
  readonly dueAt: number | null;
  readonly at: number;
}

/** A waiting delivery. */
export interface WaitingDelivery {
  readonly webhookId: string;
  readonly deliveryId: string;
  /** Epoch ms. */
  readonly dueAt: number;
}

export interface WebhookPull {
  readonly deliveries: readonly DueDelivery[];
  /** Those that are not due yet. */
  readonly waiting: readonly WaitingDelivery[];
}

export interface BacklogPull {
  readonly deliveries: readonly DueDelivery[];
  /** When the webhook's next delivery is due, epoch ms. Undefined if no other one waits. */
  readonly nextDueAt: number | undefined;
}
