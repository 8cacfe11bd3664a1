import type { CancelInput, DeliveryReason, Page, ReplayFilter } from '@tocsin/shared';
import type { Replay } from '../replay.ts';
import type { PageRequest, VisibleOnly } from './page-request.ts';

/* What is done to many deliveries or events for one reason: up to a limit at a time, until none is left. */

export interface CancellationStore {
  /** `waiting` can be cancelled; `underWay` is held by a process, which alone may say what became of it. */
  count(choice: DeliveryChoice): Promise<{ readonly waiting: number; readonly underWay: number }>;
  /**
   * Ends up to `limit` deliveries that wait. A claim and a cancellation that meet are decided by the document: either it
   * is cancelled and not claimed, or claimed and not cancelled. Answers how many ended.
   */
  cancelSome(choice: DeliveryChoice, reason: DeliveryReason, at: number, limit: number): Promise<number>;
}

/** Pending deliveries of one webhook that match all fields that are given. Times are ISO 8601. */
export type DeliveryChoice = Omit<CancelInput, 'dryRun'>;

export interface ReplayStore {
  /** How many deliveries a replay would send again. */
  count(replay: Replay): Promise<number>;
  insert(replay: Replay): Promise<void>;
  get(id: string): Promise<Replay | undefined>;
  list(filter: VisibleOnly<ReplayFilter>, page: PageRequest): Promise<Page<Replay>>;
  /** False when it had ended already. */
  cancel(id: string, at: number): Promise<boolean>;
  /** A running job that no process works on, for `leaseMs`. */
  claim(now: number, leaseMs: number): Promise<Replay | undefined>;
  /** Puts up to `limit` deliveries back into the queue and counts them; ends the job when there were fewer. */
  requeueSome(replay: Replay, now: number, limit: number): Promise<number>;
}

/** Removes what is older than it has to be kept. */
export interface RetentionStore {
  /**
   * Removes up to `limit` events and as many deliveries accepted before a time, never pending ones nor the events they
   * need. Answers how many went; less than `limit` of both means that nothing is left to remove.
   */
  purge(before: number, limit: number): Promise<{ readonly events: number; readonly deliveries: number }>;
}
