import type { DeliveryFilter, DeliveryReason, Page } from '@tocsin/shared';
import type { Delivery } from '../delivery.ts';
import type { PageRequest, VisibleOnly } from './page-request.ts';

/* What the services need to answer people about deliveries, and to act on single ones or on a webhook's. */

/** Deliveries as people ask for them. Includes those whose first attempt is still under way. */
export interface DeliveryStore {
  get(id: string): Promise<Delivery | undefined>;
  list(filter: VisibleOnly<DeliveryFilter>, page: PageRequest): Promise<Page<Delivery>>;
  /** Makes a finished or waiting delivery due now; false when it is being sent at this moment. */
  retryNow(id: string, at: number): Promise<boolean>;
  /** What is owed now: pending deliveries, those that are due, and since when the oldest is. */
  queue(appIds: readonly string[] | undefined, now: number): Promise<QueueState>;
  /* The next three change up to `limit` deliveries and answer how many: 0 when none is left. */
  /** Ends pending deliveries of a webhook. */
  cancelPending(webhookId: string, reason: DeliveryReason, at: number, limit: number): Promise<number>;
  /** Defers pending deliveries of a disabled webhook to `until`. */
  defer(webhookId: string, until: number, limit: number): Promise<number>;
  /** Makes what waits for a disabled or paused webhook due at once. */
  resume(webhookId: string, at: number, limit: number): Promise<number>;
  /** Inserts a delivery that is finished already (a test ping with its one attempt). */
  insertFinished(delivery: Delivery): Promise<void>;
}

export interface QueueState {
  readonly pending: number;
  readonly dueNow: number;
  readonly oldestDueAt: number | null;
}
