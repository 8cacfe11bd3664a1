/** Where a scheduler takes its batches from. */
export interface BatchSource<TItem> {
  /** Number of waiting items. */
  readonly size: number;
  /** Whether the waiting items fill a batch. */
  readonly isBatchFull: boolean;
  /**
   * Removes and returns the items of the next batch. Empty if the source is, or if every item has to wait until a
   * running batch ends.
   */
  takeBatch(): TItem[];
}

export interface BatchSchedulerOptions<TItem> {
  readonly source: BatchSource<TItem>;
  /** Processes a batch. Never rejects. */
  readonly run: (batch: TItem[]) => Promise<void>;
  /** Concurrent batches. With more than one, a batch need not wait for the previous one. */
  readonly maxConcurrent: number;
  /**
   * How long the first item of a batch waits for others, ms. 0: until the current turn of the event loop
   * ends. Read for each batch, and when a batch ends: if it is shorter then, waiting items wait that long from then on.
   */
  readonly lingerMs: number;
  /**
   * Calls back after the linger. Returns a function that cancels the call.
   *
   * @default a timer
   */
  readonly gather?: Gather | undefined;
}

export type Gather = (ms: number, callback: () => void) => () => void;

const gatherByTimer: Gather = (ms, callback) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

/**
 * Decides when waiting items become a batch. Items added during a batch form the next one, so batches grow
 * with the load, and a single item in an idle process waits for no other.
 *
 *   idle      --schedule-->                    gathering
 *   gathering --linger over, or batch full-->  running
 *   running   --done-->                        idle, or gathering if items were added meanwhile
 *
 * With several concurrent batches, items can gather while others run. The end of a batch restarts their linger if it
 * has become shorter.
 */
export class BatchScheduler<TItem> {
  readonly #options: BatchSchedulerOptions<TItem>;
  #running = 0;
  #isScheduled = false;
  #linger: { readonly ms: number; readonly cancel: () => void } | undefined;
  #onIdle: (() => void)[] = [];

  constructor(options: BatchSchedulerOptions<TItem>) {
    this.#options = options;
  }

  /** Whether another batch has to wait for one that is running. */
  get isBusy(): boolean {
    return this.#running >= this.#options.maxConcurrent;
  }

  /** Call after an item was added to the source. */
  schedule(): void {
    if (this.isBusy) return;
    const { source, gather = gatherByTimer } = this.#options;
    if (source.isBatchFull) return this.#flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const { lingerMs } = this.#options;
    if (lingerMs > 0) this.#linger = { ms: lingerMs, cancel: gather(lingerMs, () => this.#flush()) };
    else setImmediate(() => this.#flush());
  }

  /** Runs the waiting items without lingering. Resolves once none waits and no batch is running. */
  async drain(): Promise<void> {
    if (this.#options.source.size === 0 && this.#running === 0) return;
    this.#flush();
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #flush(): void {
    this.#endLinger();
    const { source } = this.#options;
    while (source.size > 0 && !this.isBusy) {
      const batch = source.takeBatch();
      if (batch.length === 0) break;
      this.#running++;
      void this.#run(batch);
    }
    this.#reportIdle();
  }

  async #run(batch: TItem[]): Promise<void> {
    await this.#options.run(batch);
    this.#running--;
    const { source, lingerMs } = this.#options;
    if (source.size === 0) return this.#reportIdle();
    if (this.#linger !== undefined && lingerMs < this.#linger.ms) this.#endLinger();
    this.schedule();
  }

  #endLinger(): void {
    this.#isScheduled = false;
    this.#linger?.cancel();
    this.#linger = undefined;
  }

  #reportIdle(): void {
    if (this.#running > 0 || this.#options.source.size > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
