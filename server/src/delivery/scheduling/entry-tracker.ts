interface Progress {
  /** Deliveries without a written result. */
  readonly owed: Set<string>;
  /** Whether each event of the entry is known. Otherwise the entry stays open, and a sweep reads it again. */
  readonly isComplete: boolean;
}

/**
 * Counts, for each entry and partition in memory, the deliveries that have no document yet. The partition
 * leaves the entry with the last of them.
 *
 *   unknown --begin--> tracked --the last result is written--> unknown   the entry's partition is closed
 *                              --a result is not written--> unknown      a sweep reads the entry again
 *                              --dropPartitions--> unknown               another owner reads the entry
 */
export class EntryTracker {
  readonly #entries = new Map<string, Map<number, Progress>>();

  get size(): number {
    return this.#entries.size;
  }

  isTracked(entryId: string, partition: number): boolean {
    return this.#entries.get(entryId)?.has(partition) === true;
  }

  begin(entryId: string, partition: number, deliveryIds: Iterable<string>, isComplete: boolean): void {
    const progress = { owed: new Set(deliveryIds), isComplete };
    const partitions = this.#entries.get(entryId);
    if (partitions === undefined) this.#entries.set(entryId, new Map([[partition, progress]]));
    else partitions.set(partition, progress);
  }

  /**
   * Counts a written result. Returns whether the entry's partition can be closed. Ignores a delivery that was in
   * flight when the partition was dropped: what was read since does not include it.
   */
  countDown(entryId: string, partition: number, deliveryId: string): boolean {
    const progress = this.#entries.get(entryId)?.get(partition);
    if (progress?.owed.delete(deliveryId) !== true || progress.owed.size > 0) return false;
    this.forget(entryId, partition);
    return progress.isComplete;
  }

  dropPartitions(isDropped: (partition: number) => boolean): void {
    for (const [entryId, partitions] of this.#entries) {
      for (const partition of partitions.keys()) if (isDropped(partition)) this.forget(entryId, partition);
    }
  }

  /** Leaves the entry's partition to a sweep. */
  forget(entryId: string, partition: number): void {
    const partitions = this.#entries.get(entryId);
    partitions?.delete(partition);
    if (partitions?.size === 0) this.#entries.delete(entryId);
  }
}
