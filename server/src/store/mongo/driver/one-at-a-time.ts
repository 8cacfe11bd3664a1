import { setTimeout as wait } from 'node:timers/promises';
import { callTimeoutMs } from './time-limits.ts';

/** Runs work of this process one after the other, in the order of the calls. */
export class OneAtATime {
  readonly #limitMs: number;
  #last: Promise<unknown> = Promise.resolve();

  /** @param limitMs - the next work starts after this time even if the one before it still runs */
  constructor(limitMs: number = callTimeoutMs) {
    this.#limitMs = limitMs;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = this.#last.then(() => this.#untilDone(result));
    return await result;
  }

  async #untilDone(result: Promise<unknown>): Promise<void> {
    const stop = new AbortController();
    const limit = wait(this.#limitMs, undefined, { signal: stop.signal, ref: false });
    await Promise.race([result, limit]).catch(() => undefined);
    stop.abort();
    await limit.catch(() => undefined);
  }
}
