import { setTimeout as wait } from 'node:timers/promises';

export interface PeriodicOptions {
  /** From the end of one run to the beginning of the next, ms. Jittered, so that several processes do not run in step. */
  readonly everyMs: number;
  /** Ends early when the signal fires. Must not reject. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/**
 * Work of the background, again and again.
 *
 *   waiting --time is over--> running --ended--> waiting;   any --stop--> stopped, when what runs has ended
 */
export class PeriodicTask {
  readonly #options: PeriodicOptions;
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: PeriodicOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { everyMs, run } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const jittered = everyMs * (0.8 + Math.random() * 0.4);
      await wait(jittered, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await run(signal);
    }
  }
}
