import pRetry from 'p-retry';
import { GroupCommit } from '../../batching/group-commit.ts';
import type { DeliveryQueue, DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { groupIdsByToken, type Task, type TrackedLease } from './task.ts';

/** Nothing waits for a result to be written, so a short delay gathers many results into one write. */
const resultWindowMs = 10;

/** Outbox entries can be completed later than results are written: their leases still protect them. */
const entryWindowMs = 50;

/** Results in one bulk write: enough to save round trips, and few enough not to block the database. */
const maxBatch = 500;

export interface ResultWriterDeps {
  readonly queue: Pick<DeliveryQueue, 'writeResults' | 'completeEntries'>;
  readonly leases: Pick<LeaseKeeper, 'remove'>;
  readonly meter: Meter;
  readonly log: Log;
}

/**
 * Writes delivery results in batches. While the database is unavailable it retries with backoff and jitter.
 * The results wait in memory, limited by the deliveries in flight; those whose leases expired meanwhile are
 * fenced.
 */
export class ResultWriter {
  readonly #deps: ResultWriterDeps;
  readonly #results: GroupCommit<DeliveryResult, boolean>;
  readonly #entries: GroupCommit<TrackedLease, void>;
  readonly #giveUp = new AbortController();

  constructor(deps: ResultWriterDeps) {
    this.#deps = deps;
    this.#results = new GroupCommit({
      commit: (results) => this.#writeResults(results),
      maxBatch,
      maxConcurrent: 2,
      lingerMs: resultWindowMs,
    });
    this.#entries = new GroupCommit({
      commit: (leases) => this.#completeEntries(leases),
      maxBatch,
      maxConcurrent: 1,
      lingerMs: entryWindowMs,
    });
  }

  /** Results that wait for their batch. */
  get size(): number {
    return this.#results.size;
  }

  /**
   * Resolves to true once the result is durable, to false if another process holds the lease (our attempt was
   * a duplicate). If it rejects, nothing was written; the lease is left to expire, because completing the
   * outbox entry would lose the delivery.
   */
  async write(task: Task, result: DeliveryResult): Promise<boolean> {
    let isOurs: boolean;
    try {
      isOurs = await this.#results.add(result);
    } catch (error) {
      this.#deps.leases.remove(task.lease);
      throw error;
    }
    if (!isOurs) this.#deps.meter.countFenced(1);
    await this.#countDown(task.lease);
    return isOurs;
  }

  async #countDown(lease: TrackedLease): Promise<void> {
    lease.remaining--;
    if (lease.remaining > 0) return;
    await this.finishLease(lease);
  }

  /** Ends a lease without remaining deliveries, and completes its outbox entry. */
  async finishLease(lease: TrackedLease): Promise<void> {
    if (lease.isEntryComplete) await this.#entries.add(lease);
    this.#deps.leases.remove(lease);
  }

  async #writeResults(results: DeliveryResult[]): Promise<boolean[]> {
    const { queue, meter } = this.#deps;
    meter.observeBatch('record', results.length);
    const fenced = await this.#retry('write results', () => queue.writeResults(results));
    return results.map((result) => !fenced.has(result.delivery.deliveryId));
  }

  async #completeEntries(leases: TrackedLease[]): Promise<void[]> {
    const { queue } = this.#deps;
    for (const [token, ids] of groupIdsByToken(leases)) {
      await this.#retry('complete outbox entries', () => queue.completeEntries(ids, token));
    }
    return leases.map(() => undefined);
  }

  async #retry<T>(action: string, write: () => Promise<T>): Promise<T> {
    return await pRetry(write, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 50,
      maxTimeout: 1_000,
      randomize: true,
      signal: this.#giveUp.signal,
      onFailedAttempt: ({ error, attemptNumber }) =>
        this.#deps.log.warn({ err: error, attemptNumber }, `could not ${action}; retrying`),
    });
  }

  /** Resolves once everything is written. Rejects what is left after `timeoutMs`; those leases expire. */
  async drain(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.#giveUp.abort(new Error('shutting down')), timeoutMs);
    try {
      await this.#results.drain();
      await this.#entries.drain();
    } finally {
      clearTimeout(timer);
    }
  }
}
