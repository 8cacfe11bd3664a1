import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Log, RetentionStore } from '../domain/ports.ts';

export interface RetentionParts {
  readonly store: RetentionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly keepMs: number;
}

/** Nobody waits for old documents to go; jittered so that several processes do not sweep in step. */
const sweepEveryMs = 10 * 60_000;

/** Small batches with a pause between: removal must not be felt by deliveries. */
const batchSize = 500;
const pauseMs = 50;

/**
 * Removes events and deliveries past their time, in the background.
 *
 *   waiting --ten minutes--> sweeping --nothing old is left--> waiting;   any --stop--> stopped
 */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const jittered = sweepEveryMs * (0.8 + Math.random() * 0.4);
      await wait(jittered, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.sweep();
    }
  }

  /** Removes all that is too old now; answers how much went. */
  async sweep(): Promise<{ events: number; deliveries: number }> {
    const { store, clock, log, keepMs } = this.#parts;
    const total = { events: 0, deliveries: 0 };
    try {
      let isMore = true;
      while (isMore && !this.#stop.signal.aborted) {
        const gone = await store.purge(clock.now() - keepMs, batchSize);
        total.events += gone.events;
        total.deliveries += gone.deliveries;
        isMore = gone.events + gone.deliveries > 0;
        if (isMore) await wait(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    } catch (error) {
      log.warn({ err: error }, 'retention sweep stopped early; the next one goes on');
    }
    if (total.events + total.deliveries > 0) log.info(total, 'removed what was past its time');
    return total;
  }
}
