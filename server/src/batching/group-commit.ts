import { BatchScheduler, type Gather } from './batch-scheduler.ts';

export interface GroupCommitOptions<TItem, TResult> {
  /** Writes a batch. Returns one result per item, in order. A rejection rejects every item. */
  readonly commit: (items: TItem[]) => Promise<readonly TResult[]>;
  readonly maxBatch: number;
  /**
   * So many waiting items end the linger.
   *
   * @default maxBatch
   */
  readonly lingerItems?: number;
  /** Concurrent commits. With more than one, a batch need not wait for the previous one. */
  readonly maxConcurrent: number;
  /**
   * How long the first item of a batch waits for others, ms. 0: until the current turn of the event loop
   * ends. Read for each batch, so it may change.
   */
  readonly lingerMs: number;
  /**
   * Calls back after the linger. Returns a function that cancels the call.
   *
   * @default a timer
   */
  readonly gather?: Gather | undefined;
}

interface PendingItem<TItem, TResult> {
  readonly item: TItem;
  readonly resolve: (result: TResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Combines single writes into batches of any items, first in, first out (group commit). */
export class GroupCommit<TItem, TResult> {
  readonly #options: GroupCommitOptions<TItem, TResult>;
  readonly #scheduler: BatchScheduler<PendingItem<TItem, TResult>>;
  #pending: PendingItem<TItem, TResult>[] = [];

  constructor(options: GroupCommitOptions<TItem, TResult>) {
    this.#options = options;
    const pendingCount = (): number => this.#pending.length;
    this.#scheduler = new BatchScheduler({
      source: {
        get size() {
          return pendingCount();
        },
        get isBatchFull() {
          return pendingCount() >= (options.lingerItems ?? options.maxBatch);
        },
        takeBatch: () => this.#takeBatch(),
      },
      run: (batch) => this.#commit(batch),
      maxConcurrent: options.maxConcurrent,
      get lingerMs() {
        return options.lingerMs;
      },
      gather: options.gather,
    });
  }

  /** Pending items, without those of a commit under way. */
  get size(): number {
    return this.#pending.length;
  }

  add(item: TItem): Promise<TResult> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ item, resolve, reject });
      this.#scheduler.schedule();
    });
  }

  /** Commits pending items without lingering. Resolves once none is pending and no commit is under way. */
  drain(): Promise<void> {
    return this.#scheduler.drain();
  }

  #takeBatch(): PendingItem<TItem, TResult>[] {
    const { maxBatch } = this.#options;
    const pending = this.#pending;
    this.#pending = pending.length <= maxBatch ? [] : pending.slice(maxBatch);
    return pending.length <= maxBatch ? pending : pending.slice(0, maxBatch);
  }

  async #commit(batch: readonly PendingItem<TItem, TResult>[]): Promise<void> {
    try {
      const results = await this.#options.commit(batch.map((pending) => pending.item));
      // `as`: commit returns one result per item.
      for (const [index, pending] of batch.entries()) pending.resolve(results[index] as TResult);
    } catch (error) {
      for (const pending of batch) pending.reject(error);
    }
  }
}
