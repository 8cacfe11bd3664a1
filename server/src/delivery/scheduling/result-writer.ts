import pRetry from 'p-retry';
import { GroupCommit } from '../../batching/group-commit.ts';
import type { DeliveryQueue, DeliveryResult, EntryClosing } from '../../domain/ports/delivery-queue.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { Log, Timers } from '../../domain/ports/runtime.ts';
import { realTimers } from './real-timers.ts';
import { getResultGapMs } from './share-gap.ts';

/**
 * So many results are written at once. Nothing waits for a result to be written, so it waits for others, but a crash
 * repeats the deliveries whose results are not written.
 */
const resultsPerWrite = 256;

/** Nothing waits for an entry to be closed, and a crash before that repeats nothing. */
const entryWindowMs = 100;

/** Results in one bulk write: enough to save round trips, and few enough not to block the database. */
const maxBatch = 500;

export interface ResultWriterDeps {
  readonly queue: Pick<DeliveryQueue, 'writeResults' | 'closeEntries'>;
  /** The partitions that this process sends to now. */
  readonly getOwned: () => readonly number[];
  readonly meter: Meter;
  readonly log: Log;
  /** @default real ones */
  readonly timers?: Pick<Timers, 'gather'> | undefined;
}

/**
 * Writes delivery results in batches. While the database is unavailable it retries with backoff and jitter.
 * The results wait in memory, limited by the deliveries in flight.
 */
export class ResultWriter {
  readonly #deps: ResultWriterDeps;
  readonly #results: GroupCommit<DeliveryResult, boolean>;
  readonly #closings: GroupCommit<EntryClosing, void>;
  readonly #giveUp = new AbortController();

  constructor(deps: ResultWriterDeps) {
    this.#deps = deps;
    const { gather } = deps.timers ?? realTimers;
    this.#results = new GroupCommit({
      commit: (results) => this.#writeResults(results),
      maxBatch,
      maxConcurrent: 2,
      get lingerMs() {
        return getResultGapMs(deps.getOwned().length);
      },
      lingerItems: resultsPerWrite,
      gather,
    });
    this.#closings = new GroupCommit({
      commit: (closings) => this.#closeEntries(closings),
      maxBatch,
      maxConcurrent: 1,
      lingerMs: entryWindowMs,
      gather,
    });
  }

  /** Results that wait for their batch. */
  get size(): number {
    return this.#results.size;
  }

  /**
   * Resolves to true once the result is durable, to false if another writer had changed the delivery. If it
   * rejects, nothing was written, and the delivery is still owed.
   */
  async write(result: DeliveryResult): Promise<boolean> {
    const isOurs = await this.#results.add(result);
    if (!isOurs) this.#deps.meter.countFenced(1);
    return isOurs;
  }

  /** Resolves once the partition is removed from the entry. */
  async closeEntry(closing: EntryClosing): Promise<void> {
    await this.#closings.add(closing);
  }

  async #writeResults(results: DeliveryResult[]): Promise<boolean[]> {
    const { queue, meter } = this.#deps;
    meter.observeBatch('record', results.length);
    const fenced = await this.#retry('write results', () => queue.writeResults(results));
    return results.map((result) => !fenced.has(result.delivery.deliveryId));
  }

  async #closeEntries(closings: EntryClosing[]): Promise<void[]> {
    await this.#retry('close outbox entries', () => this.#deps.queue.closeEntries(closings));
    return closings.map(() => undefined);
  }

  async #retry<T>(action: string, write: () => Promise<T>): Promise<T> {
    const first = write();
    try {
      return await first;
    } catch {
      return await this.#retryFrom(action, first, write);
    }
  }

  /** @param first the attempt that failed */
  async #retryFrom<T>(action: string, first: Promise<T>, write: () => Promise<T>): Promise<T> {
    return await pRetry((attemptNumber) => (attemptNumber === 1 ? first : write()), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 50,
      maxTimeout: 1_000,
      randomize: true,
      signal: this.#giveUp.signal,
      onFailedAttempt: ({ error, attemptNumber }) =>
        this.#deps.log.warn({ err: error, attemptNumber }, `could not ${action}; retrying`),
    });
  }

  /** Resolves once everything is written. Rejects what is left after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.#giveUp.abort(new Error('shutting down')), timeoutMs);
    try {
      await this.#results.drain();
      // The completion of the last results closes their entries first.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#closings.drain();
    } finally {
      clearTimeout(timer);
    }
  }
}
