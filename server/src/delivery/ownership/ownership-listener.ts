/** What the engine does when partitions come and go. */
export interface OwnershipListener {
  /** Starts the work of partitions. */
  onAcquired(partitions: readonly number[]): void;
  /**
   * Stops starting requests of the partitions. Resolves to those of which nothing is in memory any more. The
   * others stay with this process, unless the release is final.
   */
  release(
    partitions: readonly number[],
    options: {
      /** Whether the process shuts down and hands over every partition. */
      readonly isFinal: boolean;
    },
  ): Promise<readonly number[]>;
  /**
   * The process was fenced: drops everything in memory. Results of requests in flight may still be recorded.
   */
  onLost(): void;
  /** The lease is valid again after it had ended without a fence. The process owns what it owned before. */
  onRenewed(): void;
}
