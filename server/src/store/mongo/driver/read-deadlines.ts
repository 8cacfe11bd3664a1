import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * When the calls stop waiting that the running code works for. Reads end then.
 *
 * Before Node 24, an AsyncLocalStorage in use makes Node track every promise of the process, which slows publishing and
 * delivering. It is therefore disabled while no call has a deadline.
 */
export class ReadDeadlines {
  readonly #deadlines = new AsyncLocalStorage<number>();
  #running = 0;

  /** Runs work whose reads end at a deadline, in the time of `performance.now()`. Undefined: at the usual limits. */
  async run<T>(deadline: number | undefined, work: () => Promise<T>): Promise<T> {
    if (deadline === undefined) return await work();
    this.#running += 1;
    try {
      return await this.#deadlines.run(deadline, work);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#deadlines.disable();
    }
  }

  /** Shortens the time limit of a read to the deadline of its call. `maxTimeMS` 0 would be no limit. */
  toLimit(limitMs: number): number {
    const leftMs = (this.#deadlines.getStore() ?? Number.POSITIVE_INFINITY) - performance.now();
    // After the deadline, it is work in the background that the call has started and that outlives it.
    return leftMs <= 0 ? limitMs : Math.max(1, Math.floor(Math.min(limitMs, leftMs)));
  }
}
