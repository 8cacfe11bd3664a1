import type { ActivityCounts } from '../activity.ts';
import type { Visibility } from './page-request.ts';

export interface ActivityEntry {
  readonly appId: string;
  readonly accountId: string;
  /** Start of the minute, epoch ms. */
  readonly at: number;
  readonly counts: ActivityCounts;
}

/** Counts of several apps in one minute, which one process has counted. */
export interface ActivityBatch {
  /** Unique over all processes. */
  readonly id: string;
  /** Start of the minute, epoch ms. */
  readonly at: number;
  /** When it was saved last, epoch ms. Tells apart the states of a batch. */
  readonly savedAt: number;
  readonly apps: readonly Omit<ActivityEntry, 'at'>[];
}

/** A stored batch without its counts. */
export type SavedBatch = Pick<ActivityBatch, 'id' | 'savedAt'> & {
  readonly apps: readonly Pick<ActivityEntry, 'appId' | 'accountId'>[];
};

/** Counts for each app and minute, for the overview. */
export interface ActivityStore {
  /** Stores batches. Replaces those that are stored already, because their minute has not ended. */
  save(batches: readonly ActivityBatch[]): Promise<void>;
  /** Returns the visible entries from `since` on, epoch ms. An app has one for each minute and process. */
  read(visibility: Visibility, since: number): Promise<ActivityEntry[]>;
  /** Returns the batches of the minutes from `since` on, epoch ms: at most 1,000, the newest first. */
  listSaved(since: number): Promise<SavedBatch[]>;
}
