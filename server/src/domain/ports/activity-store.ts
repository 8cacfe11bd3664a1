import type { ActivityCounts } from '../activity.ts';
import type { Visibility } from './page-request.ts';

export interface ActivityEntry {
  readonly appId: string;
  readonly accountId: string;
  /** Start of the minute, epoch ms. */
  readonly at: number;
  readonly counts: ActivityCounts;
}

/** Counts for each app and minute, for the overview. */
export interface ActivityStore {
  /** Adds to the stored counts. */
  add(entries: readonly ActivityEntry[]): Promise<void>;
  /** Returns the visible entries from `since` on, epoch ms. */
  read(visibility: Visibility, since: number): Promise<ActivityEntry[]>;
}
