import type { DeliveryFilter, DeliveryReason, Page } from '@tocsin/shared';
import type { Delivery, SentByHand } from '../delivery.ts';
import type { AcceptedEvent, Rendering } from '../event.ts';
import type { PageRequest, Visibility, VisibleOnly } from './page-request.ts';

/** The filters that a store answers itself. Deliveries match all given fields. */
export interface StoredDeliveryFilter extends VisibleOnly<Omit<DeliveryFilter, 'host' | 'reason'>> {
  /** Only deliveries to one of these webhooks. All of them are visible. */
  readonly webhookIds?: readonly string[] | undefined;
  /**
   * Only deliveries with one of these stored reasons. The reason of a pending delivery is another one while its
   * webhook is disabled.
   */
  readonly reasons?: readonly DeliveryReason[] | undefined;
}

/**
 * Deliveries as the services read and change them. Includes in-flight deliveries, which have no document
 * because their first attempt has not ended.
 */
export interface DeliveryStore {
  get(id: string): Promise<Delivery | undefined>;
  /** Returns the deliveries with these ids, in any order, without the requests and replies of their attempts. */
  getMany(ids: readonly string[]): Promise<Delivery[]>;
  /**
   * Returns deliveries newest first, without the requests and replies of their attempts. Examines a bounded number of them, so a
   * page can have fewer than its limit and still a next one.
   */
  list(filter: StoredDeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /**
   * Makes a finished or waiting delivery due at `at`. Returns false if it has no document yet, because its first
   * attempt is under way.
   *
   * @param sentByHand - stored with it. Undefined: what is stored stays.
   */
  retryNow(
    delivery: Pick<Delivery, 'id' | 'webhookId'>,
    at: number,
    sentByHand?: SentByHand,
  ): Promise<boolean>;
  /**
   * Adds a webhook to the targets of an event, with a delivery that is due. Returns its id. Undefined if the event is
   * gone, or has the webhook as a target already.
   */
  addTarget(event: Pick<AcceptedEvent, 'id'>, target: NewTarget): Promise<string | undefined>;
  /** Like `retryNow`, for many deliveries in one write. Returns the ids of those that are due. */
  retryMany(
    deliveries: readonly Pick<Delivery, 'id' | 'webhookId'>[],
    at: number,
  ): Promise<ReadonlySet<string>>;
  /**
   * Cancels those of the deliveries that are pending and have a document, in one write. Returns their ids. If the
   * request of one is in flight, its success still ends it as delivered.
   */
  cancelMany(ids: readonly string[], reason: DeliveryReason, at: number): Promise<ReadonlySet<string>>;
  /**
   * Returns the size of the visible part of the queue at `now`.
   *
   * @param since - what `inFlight` counts from, epoch ms. Default: everything.
   */
  getQueueState(visibility: Visibility, now: number, since?: number): Promise<QueueState>;
  /** Counts the stored deliveries of events accepted at or after `since`, epoch ms, that are not delivered. */
  countUndelivered(visibility: Visibility, since: number): Promise<UndeliveredCounts>;
  /**
   * Counts the stored deliveries that wait, by app. Reads at most `limit` of them, in the order of their accounts.
   *
   * @param after - continues after this account. Undefined: from the first one.
   */
  countWaiting(after: string | undefined, limit: number): Promise<WaitingCounts>;
  /** Counts the stored deliveries that wait for each webhook, up to `limit` for each. Those without are missing. */
  countWaitingTo(webhookIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>>;
  /** Cancels up to `limit` pending deliveries of a webhook. Returns their number. */
  cancelPending(webhookId: string, reason: DeliveryReason, at: number, limit: number): Promise<number>;
  /**
   * Makes up to `limit` deliveries due at `at` that are due later: all, or those that wait for a paused endpoint
   * or for the limits of its chat service. Returns their number.
   */
  resume(webhookId: string, which: 'all' | 'paused', at: number, limit: number): Promise<number>;
  /** Inserts a finished delivery, such as a test ping with its one attempt. */
  insertFinished(delivery: Delivery): Promise<void>;
}

/** A webhook that an event is sent to by hand. */
export interface NewTarget {
  readonly webhookId: string;
  /** Its time is that from which the delivery is due. */
  readonly sentByHand: SentByHand;
  /** What the webhook gets of the event. Undefined: the data of the event. */
  readonly rendering?: Rendering | undefined;
}

export interface QueueState {
  /** Deliveries that wait, and those whose first attempt has not ended. */
  readonly pending: number;
  /** Those of `pending` that are due. */
  readonly dueNow: number;
  /** Those of `pending` whose first attempt has not ended, of events accepted since a time. */
  readonly inFlight: number;
  /** Due time of the one that waits longest, epoch ms. Null if none is due. */
  readonly oldestDueAt: number | null;
  /** True if there is more work than is counted, so that `pending` and `dueNow` are lower bounds. */
  readonly isCapped: boolean;
}

export interface UndeliveredCounts {
  readonly pending: number;
  readonly failed: number;
  readonly cancelled: number;
  /** True if there are more of a status than are counted, so that the numbers are lower bounds. */
  readonly isCapped: boolean;
}

export interface WaitingCounts {
  readonly apps: readonly WaitingApp[];
  /** The last account that was counted. Undefined: there is none after it. */
  readonly next: string | undefined;
}

export interface WaitingApp {
  readonly appId: string;
  readonly accountId: string;
  /** A lower bound if its account alone has more than are read. */
  readonly waiting: number;
}
