/* The indexes of the database: which are missing or in the way, and how far their building is. */

/** What a missing index keeps from being done. Nothing waits for one that is only for `reading`. */
export type IndexNeed = 'accepting' | 'sending' | 'reading';

/** Indexes of one collection that are built together, since one reading of its documents makes them all. */
export interface IndexGroup {
  readonly collection: string;
  readonly neededFor: IndexNeed;
  readonly names: readonly string[];
}

export interface IndexConflict {
  /** `deliveries.due`. */
  readonly index: string;
  readonly neededFor: IndexNeed;
}

export interface IndexStore {
  readonly groups: readonly IndexGroup[];
  /** Indexes that stand under a name of ours and are not what this release needs. */
  conflicts(): Promise<IndexConflict[]>;
  /** Indexes that accepting or sending needs and that neither stand nor are being built. */
  missing(): Promise<IndexConflict[]>;
  /**
   * Builds what is missing of a group, except what is in conflict, and resolves when it stands; joins a build that is
   * under way. Then drops the indexes that the group replaces.
   */
  build(group: IndexGroup): Promise<void>;
  /** How far the builds of a collection are, in percent of their present phase; a collection is missing if unknown. */
  progress(): Promise<ReadonlyMap<string, number>>;
}
