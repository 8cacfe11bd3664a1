export interface GroupCommitOptions<TItem, TResult> {
  /** Writes a batch; answers one result per item, in order. A rejection is the answer for every item. */
  readonly commit: (items: TItem[]) => Promise<readonly TResult[]>;
  readonly maxBatch: number;
  /** Commits under way at once. With more than one, the next batch need not wait for the one before. */
  readonly maxConcurrent: number;
  /** How long the first item of a batch waits for company, ms. 0: until the current turn of the event loop ends. */
  readonly lingerMs: number;
}

interface Waiting<TItem, TResult> {
  readonly item: TItem;
  readonly resolve: (result: TResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns many single writes into few batched ones. What arrives while a commit is under way forms the next batch, so
 * the batch grows with the load by itself and an idle caller waits for nobody.
 *
 *   idle --add--> gathering --linger over, or batch full--> committing --done--> idle, or gathering what came meanwhile
 */
export class GroupCommit<TItem, TResult> {
  readonly #options: GroupCommitOptions<TItem, TResult>;
  #waiting: Waiting<TItem, TResult>[] = [];
  #running = 0;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions<TItem, TResult>) {
    this.#options = options;
  }

  /** Items not yet committed. */
  get size(): number {
    return this.#waiting.length;
  }

  add(item: TItem): Promise<TResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is being committed. */
  async settled(): Promise<void> {
    if (this.#waiting.length === 0 && this.#running === 0) return;
    this.#flush();
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    const { maxBatch, maxConcurrent, lingerMs } = this.#options;
    if (this.#running >= maxConcurrent) return;
    if (this.#waiting.length >= maxBatch) return this.#flush();
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (lingerMs > 0) this.#timer = setTimeout(() => this.#flush(), lingerMs);
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    clearTimeout(this.#timer);
    const { maxBatch, maxConcurrent } = this.#options;
    while (this.#waiting.length > 0 && this.#running < maxConcurrent) {
      const batch = this.#waiting.length <= maxBatch ? this.#waiting : this.#waiting.slice(0, maxBatch);
      this.#waiting = batch === this.#waiting ? [] : this.#waiting.slice(maxBatch);
      this.#running++;
      void this.#commit(batch);
    }
  }

  async #commit(batch: readonly Waiting<TItem, TResult>[]): Promise<void> {
    try {
      const results = await this.#options.commit(batch.map((waiting) => waiting.item));
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as TResult);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
    this.#running--;
    if (this.#waiting.length > 0) this.#schedule();
    else if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
