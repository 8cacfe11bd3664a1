/* The indexes of the database: conflicts, missing indexes and the progress of builds. */

/** What a missing index prevents. Nothing waits for indexes for `reading`. */
export type IndexNeed = 'accepting' | 'sending' | 'reading';

/** Indexes of one collection that are built together, in one scan of its documents. */
export interface IndexGroup {
  readonly collection: string;
  readonly neededFor: IndexNeed;
  readonly names: readonly string[];
}

export interface IndexConflict {
  /** Such as `deliveries.due`. */
  readonly index: string;
  readonly neededFor: IndexNeed;
}

export interface IndexStore {
  readonly groups: readonly IndexGroup[];
  /** Returns the indexes of this release whose name exists with another definition. */
  findConflicts(): Promise<IndexConflict[]>;
  /** Returns the indexes for accepting and sending that neither exist nor are being built. */
  findMissing(): Promise<IndexConflict[]>;
  /**
   * Builds the missing indexes of a group, except those in conflict, and waits for them. Joins a running
   * build. Then drops the indexes that the group replaces. Rejects if documents violate a unique index.
   */
  build(group: IndexGroup): Promise<void>;
  /** Returns the progress of running builds by collection, in percent of their current phase. */
  getProgress(): Promise<ReadonlyMap<string, number>>;
}
