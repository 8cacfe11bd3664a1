export interface GroupCommitOptions<TItem, TResult> {
  /** Writes a batch. Returns one result per item, in order. A rejection rejects every item. */
  readonly commit: (items: TItem[]) => Promise<readonly TResult[]>;
  readonly maxBatch: number;
  /** Concurrent commits. With more than one, a batch need not wait for the previous one. */
  readonly maxConcurrent: number;
  /**
   * How long the first item of a batch waits for others, ms. 0: until the current turn of the event loop
   * ends.
   */
  readonly lingerMs: number;
}

interface PendingItem<TItem, TResult> {
  readonly item: TItem;
  readonly resolve: (result: TResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Combines single writes into batches (group commit). Items added during a commit form the next batch, so
 * batches grow with the load, and a single item on an idle process waits for no other.
 *
 *   idle       --add-->                         gathering
 *   gathering  --linger over, or batch full-->  committing
 *   committing --done-->                        idle, or gathering if items were added meanwhile
 */
export class GroupCommit<TItem, TResult> {
  readonly #options: GroupCommitOptions<TItem, TResult>;
  #pending: PendingItem<TItem, TResult>[] = [];
  #running = 0;
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void)[] = [];

  constructor(options: GroupCommitOptions<TItem, TResult>) {
    this.#options = options;
  }

  /** Pending items, without those of a commit under way. */
  get size(): number {
    return this.#pending.length;
  }

  add(item: TItem): Promise<TResult> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Commits pending items without lingering. Resolves once none is pending and no commit is under way. */
  async drain(): Promise<void> {
    if (this.#pending.length === 0 && this.#running === 0) return;
    this.#flush();
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #schedule(): void {
    const { maxBatch, maxConcurrent, lingerMs } = this.#options;
    if (this.#running >= maxConcurrent) return;
    if (this.#pending.length >= maxBatch) return this.#flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (lingerMs > 0) this.#timer = setTimeout(() => this.#flush(), lingerMs);
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    clearTimeout(this.#timer);
    const { maxBatch, maxConcurrent } = this.#options;
    while (this.#pending.length > 0 && this.#running < maxConcurrent) {
      const batch = this.#pending.length <= maxBatch ? this.#pending : this.#pending.slice(0, maxBatch);
      this.#pending = batch === this.#pending ? [] : this.#pending.slice(maxBatch);
      this.#running++;
      void this.#commit(batch);
    }
  }

  async #commit(batch: readonly PendingItem<TItem, TResult>[]): Promise<void> {
    try {
      const results = await this.#options.commit(batch.map((pending) => pending.item));
      // `as`: commit returns one result per item.
      for (const [index, pending] of batch.entries()) pending.resolve(results[index] as TResult);
    } catch (error) {
      for (const pending of batch) pending.reject(error);
    }
    this.#running--;
    if (this.#pending.length > 0) this.#schedule();
    else if (this.#running === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
