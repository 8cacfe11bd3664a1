import type { ActivityCounts } from '../activity.ts';

export interface ActivityEntry {
  readonly appId: string;
  /** Start of the minute, epoch ms. */
  readonly at: number;
  readonly counts: ActivityCounts;
}

/** Counts per app and minute, for people who look whether it works. */
export interface ActivityStore {
  add(entries: readonly ActivityEntry[]): Promise<void>;
  read(appIds: readonly string[] | undefined, since: number): Promise<ActivityEntry[]>;
}
