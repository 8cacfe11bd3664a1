import type { CancelInput, DeliveryReason, Page, ReplayFilter } from '@tocsin/shared';
import type { Replay } from '../replay.ts';
import type { Pace } from './limit-stores.ts';
import type { PageRequest, VisibleOnly } from './page-request.ts';

/*
 * Operations on many deliveries or events. Each call handles up to `limit`; callers repeat it until nothing
 * is left.
 */

export interface CancellationStore {
  /**
   * Counts the chosen deliveries. `waiting` have a document and can be cancelled. `underWay` have none, because
   * their first attempt has not ended.
   */
  count(choice: DeliveryChoice): Promise<{ readonly waiting: number; readonly underWay: number }>;
  /**
   * Cancels up to `limit` waiting deliveries. Returns their number. If the request of one is in flight, its
   * success still ends it as delivered.
   */
  cancelSome(choice: DeliveryChoice, reason: DeliveryReason, at: number, limit: number): Promise<number>;
}

/** Pending deliveries of one webhook that match all given fields. Times are ISO 8601. */
export interface DeliveryChoice extends Omit<CancelInput, 'dryRun' | 'idempotencyKey'> {
  /** Leaves out deliveries of these event types and patterns. */
  readonly exceptEvents?: readonly string[] | undefined;
}

export interface ReplayStore {
  /** Returns the number of deliveries that a replay would send again. */
  count(replay: Replay): Promise<number>;
  /**
   * Inserts the replay unless its account already has `accountLimit` running ones. Exact even if two calls race
   * for the last place.
   */
  insert(replay: Replay, accountLimit?: number): Promise<'inserted' | 'account_limit_reached'>;
  get(id: string): Promise<Replay | undefined>;
  /** Returns replays newest first. */
  list(filter: VisibleOnly<ReplayFilter>, page: PageRequest): Promise<Page<Replay>>;
  /** Returns false if the replay does not run. */
  cancel(id: string, at: number): Promise<boolean>;
  /**
   * Claims a running replay that no process holds: of the first account after `afterAccountId` whose pace
   * allows it, the one that waits longest. Returns undefined if there is none. Calls with the account of the
   * last result visit each account once; undefined starts with the first account.
   */
  claimNext(request: ReplayClaim): Promise<ClaimedReplay | undefined>;
  /**
   * Requeues up to `replay.limit` deliveries and returns their number. Skips those whose event is gone. Ends the
   * replay if nothing is left, or if its webhook was deleted, and otherwise makes it claimable at once. Changes
   * nothing if the replay was cancelled, or claimed again after its lease expired.
   */
  requeueSome(replay: ClaimedReplay, now: number): Promise<number>;
  /** Cancels the running replays of a webhook that was deleted. */
  cancelForWebhook(webhook: { readonly id: string; readonly accountId: string }, at: number): Promise<void>;
  /**
   * Examines up to `limit` pending deliveries of a webhook behind the id `after`. Those that were delivered before
   * a retry or a replay are delivered again, without another attempt. Returns the last examined id; undefined: there
   * are no more.
   */
  restoreDelivered(webhookId: string, after: string | undefined, limit: number): Promise<string | undefined>;
  /** Returns the number of running replays of an account. */
  countRunning(accountId: string): Promise<number>;
}

export interface ReplayClaim {
  readonly afterAccountId: string | undefined;
  readonly now: number;
  readonly leaseMs: number;
  /** Deliveries that all replays of an account requeue, over all processes. */
  readonly pace: Pace;
}

/** A replay that this process holds. */
export interface ClaimedReplay extends Replay {
  /** Fencing token: the number of claims. A higher one means that another process continues the replay. */
  readonly epoch: number;
  /** Deliveries that the pace of the account allows in this batch. */
  readonly limit: number;
}

export interface RetentionStore {
  /**
   * Examines up to `limit` events behind the id `after` that were accepted before `before`, epoch ms, and less if
   * they have more than `limit` targets together, but at least one. Deletes their final deliveries, and those events of which no delivery is left. Keeps events in the outbox with all
   * their deliveries. Undefined `after` begins with the oldest event.
   */
  purgeEvents(before: number, after: string | undefined, limit: number): Promise<PurgeStep>;
  /**
   * Examines up to `limit` deliveries behind the id `after` whose events were accepted before `before`, epoch
   * ms. Deletes the final ones, whether or not their event exists.
   */
  purgeDeliveries(before: number, after: string | undefined, limit: number): Promise<PurgeStep>;
  /** Deletes up to `limit` replays that were created before `before` and do not run. Returns their number. */
  purgeReplays(before: number, limit: number): Promise<number>;
}

/** The result of one step of retention. */
export interface PurgeStep {
  /** Deleted events. */
  readonly events: number;
  /** Deleted deliveries. */
  readonly deliveries: number;
  /** The last examined id, where the next step continues. Undefined: there is nothing left to examine. */
  readonly next: string | undefined;
}
