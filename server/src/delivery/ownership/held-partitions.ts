/** The partitions that this process owns, with their epochs. */
export class HeldPartitions {
  readonly #epochs = new Map<number, number>();
  readonly #releasing = new Set<number>();
  #sorted: readonly number[] | undefined;

  /** Whether the process owns the partition and does not hand it over. */
  owns(partition: number): boolean {
    return this.#epochs.has(partition) && !this.#releasing.has(partition);
  }

  has(partition: number): boolean {
    return this.#epochs.has(partition);
  }

  /** Returns 0 for a partition that the process does not own. */
  getEpoch(partition: number): number {
    return this.#epochs.get(partition) ?? 0;
  }

  /** All of them, in ascending order. */
  get all(): readonly number[] {
    this.#sorted ??= [...this.#epochs.keys()].sort((a, b) => a - b);
    return this.#sorted;
  }

  add(partition: number, epoch: number): void {
    this.#epochs.set(partition, epoch);
    this.#sorted = undefined;
  }

  startRelease(partitions: readonly number[]): void {
    for (const partition of partitions) this.#releasing.add(partition);
  }

  cancelRelease(partitions: readonly number[]): void {
    for (const partition of partitions) this.#releasing.delete(partition);
  }

  remove(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#epochs.delete(partition);
      this.#releasing.delete(partition);
    }
    this.#sorted = undefined;
  }

  clear(): void {
    this.#epochs.clear();
    this.#releasing.clear();
    this.#sorted = undefined;
  }
}
