import pRetry from 'p-retry';
import { GroupCommit } from '../../batching/group-commit.ts';
import type { DeliveryQueue, DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { idsByToken, type HeldLease, type Task } from './task.ts';

/** Nobody waits for a recording, so a short window turns a burst of single writes into one: 20 at 2,000 a second. */
const recordWindowMs = 10;

/** Leaving a batch in the queue a little longer costs nothing: its lease protects it. */
const closeWindowMs = 50;

/** What one bulk write leases at most: about 250 kB of documents, and some ms of mongod. */
const maxBatch = 500;

export interface ResultWriterDeps {
  readonly queue: DeliveryQueue;
  readonly meter: Meter;
  readonly log: Log;
  /** Called when a claim has ended. */
  readonly released: (lease: HeldLease) => void;
}

/**
 * Writes what became of deliveries, many at a time. While the database is away it keeps trying: the results wait in
 * memory, bounded by what is in flight, and are fenced if their leases ended meanwhile.
 */
export class ResultWriter {
  readonly #deps: ResultWriterDeps;
  readonly #records: GroupCommit<DeliveryResult, boolean>;
  readonly #closings: GroupCommit<HeldLease, void>;
  readonly #giveUp = new AbortController();

  constructor(deps: ResultWriterDeps) {
    this.#deps = deps;
    this.#records = new GroupCommit({
      commit: (recordings) => this.#record(recordings),
      maxBatch,
      maxConcurrent: 2,
      lingerMs: recordWindowMs,
    });
    this.#closings = new GroupCommit({
      commit: (leases) => this.#close(leases),
      maxBatch,
      maxConcurrent: 1,
      lingerMs: closeWindowMs,
    });
  }

  /** Results that are not written yet. */
  get waiting(): number {
    return this.#records.size;
  }

  /**
   * Resolves when it is durable; false when somebody else leases the delivery, so that ours was a duplicate. Where it
   * rejects nothing was written, and the claim is left to end by itself: closing it would forget the delivery.
   */
  async add(task: Task, recording: DeliveryResult): Promise<boolean> {
    let isOurs: boolean;
    try {
      isOurs = await this.#records.add(recording);
    } catch (error) {
      this.#deps.released(task.lease);
      throw error;
    }
    if (!isOurs) this.#deps.meter.fenced(1);
    await this.#ended(task.lease);
    return isOurs;
  }

  async #ended(lease: HeldLease): Promise<void> {
    lease.open--;
    if (lease.open > 0) return;
    await this.end(lease);
  }

  /** Ends a lease under which nothing is open any more. */
  async end(lease: HeldLease): Promise<void> {
    if (lease.isClosedAtEnd) await this.#closings.add(lease);
    this.#deps.released(lease);
  }

  async #record(recordings: DeliveryResult[]): Promise<boolean[]> {
    this.#deps.meter.batch('record', recordings.length);
    const fenced = await this.#untilWritten('record', () => this.#deps.queue.record(recordings));
    return recordings.map((recording) => !fenced.has(recording.delivery.deliveryId));
  }

  async #close(leases: HeldLease[]): Promise<void[]> {
    for (const [token, ids] of idsByToken(leases)) {
      await this.#untilWritten('close', () => this.#deps.queue.closeBatches(ids, token));
    }
    return leases.map(() => undefined);
  }

  async #untilWritten<T>(what: string, write: () => Promise<T>): Promise<T> {
    return await pRetry(write, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 50,
      maxTimeout: 1_000,
      randomize: true,
      signal: this.#giveUp.signal,
      onFailedAttempt: ({ error, attemptNumber }) =>
        this.#deps.log.warn({ err: error, attemptNumber }, `could not ${what}; trying again`),
    });
  }

  /** Resolves when everything is written, or rejects the rest after `withinMs`: the leases end and others go on. */
  async drain(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.#giveUp.abort(new Error('shutting down')), withinMs);
    try {
      await this.#records.settled();
      await this.#closings.settled();
    } finally {
      clearTimeout(timer);
    }
  }
}
