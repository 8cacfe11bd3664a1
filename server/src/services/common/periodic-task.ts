import { setTimeout as wait } from 'node:timers/promises';

export interface PeriodicOptions {
  /**
   * From the end of one run to the start of the next, ms. With jitter, so that processes do not run in step.
   */
  readonly everyMs: number;
  /**
   * Whether the first run begins without waiting.
   * @default false
   */
  readonly startsAtOnce?: boolean;
  /** Ends early when the signal fires. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/**
 * Runs a background task periodically.
 *
 *   waiting --time is over--> running --run ends--> waiting;   any --stop--> stopped, after the current run
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
    const { everyMs, startsAtOnce = false, run } = this.#options;
    const { signal } = this.#stop;
    if (startsAtOnce) await run(signal);
    while (!signal.aborted) {
      const jittered = everyMs * (0.8 + Math.random() * 0.4);
      await wait(jittered, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await run(signal);
    }
  }
}
