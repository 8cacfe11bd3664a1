export interface BatchLoaderOptions<TValue> {
  /** Reads the values of these keys. Missing keys have no entry. */
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, TValue>>;
  readonly maxBatch: number;
  /** Concurrent reads. While all of them run, keys gather for the next one. */
  readonly maxConcurrent: number;
}

interface Batch<TValue> {
  readonly keys: Set<string>;
  readonly values: Promise<ReadonlyMap<string, TValue>>;
  start(): void;
}

/**
 * Combines single reads by key into batches, so that many misses of a cache cost few round trips. All reads of
 * one turn of the event loop share a batch, and so do those that arrive while `maxConcurrent` batches run.
 */
export class BatchLoader<TValue> {
  readonly #options: BatchLoaderOptions<TValue>;
  /** Batches that have not begun, oldest first. Only the last one takes more keys. */
  readonly #waiting: Batch<TValue>[] = [];
  #running = 0;

  constructor(options: BatchLoaderOptions<TValue>) {
    this.#options = options;
  }

  /** Reads the value of a key. The read begins after this call. Undefined if there is none. */
  async load(key: string): Promise<TValue | undefined> {
    let batch = this.#waiting.at(-1);
    if (batch === undefined || batch.keys.size >= this.#options.maxBatch) {
      batch = this.#createBatch();
      this.#waiting.push(batch);
      queueMicrotask(() => this.#startNext());
    }
    batch.keys.add(key);
    return (await batch.values).get(key);
  }

  #createBatch(): Batch<TValue> {
    const keys = new Set<string>();
    let start: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const values = started.then(() => this.#options.load([...keys]));
    return { keys, values, start };
  }

  #startNext(): void {
    if (this.#running >= this.#options.maxConcurrent) return;
    const batch = this.#waiting.shift();
    if (batch === undefined) return;
    this.#running++;
    const end = () => {
      this.#running--;
      this.#startNext();
    };
    batch.values.then(end, end);
    batch.start();
  }
}
