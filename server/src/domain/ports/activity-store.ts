import type { ActivityCounts } from '../activity.ts';

export interface ActivityEntry {
  readonly appId: string;
  /** Start of the minute, epoch ms. */
  readonly at: number;
  readonly counts: ActivityCounts;
}

/** Counts for each app and minute, for the overview. */
export interface ActivityStore {
  /** Adds to the stored counts. */
  add(entries: readonly ActivityEntry[]): Promise<void>;
  /** Returns the entries from `since` on, epoch ms. `appIds` undefined: of all apps. */
  read(appIds: readonly string[] | undefined, since: number): Promise<ActivityEntry[]>;
}
