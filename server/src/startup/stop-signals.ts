/** The exit code of a process that a signal ended, as shells report it. */
const exitCodes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Time limit of the graceful shutdown. Open requests may take 10 s, and writing their results 5 s. */
const shutdownTimeoutMs = 20_000;

/**
 * Handles SIGINT and SIGTERM from the first moment of the process. The first one stops the start or, once the server
 * runs, starts the graceful shutdown. The second one ends the process at once.
 */
export class StopSignals {
  readonly #print: (line: string) => void;
  readonly #interrupted = new AbortController();
  #stop: (() => Promise<void>) | undefined;
  #isStopping = false;

  constructor(print: (line: string) => void) {
    this.#print = print;
    process.on('SIGINT', (signal) => this.#onSignal(signal));
    process.on('SIGTERM', (signal) => this.#onSignal(signal));
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Aborts on the first signal. Its reason is an `InterruptedError`. */
  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** Sets how to shut down from now on. A signal that came before rejects the start. */
  setShutdown(stop: () => Promise<void>): void {
    this.signal.throwIfAborted();
    this.#stop = stop;
  }

  #onSignal(signal: NodeJS.Signals): void {
    const again = signal === 'SIGINT' ? 'press Ctrl-C again' : 'repeat the signal';
    if (this.#isStopping) {
      this.#print('Tocsin has stopped at once. Unfinished deliveries are sent after the next start.');
      process.exit(exitCodes[signal] ?? 1);
    }
    this.#isStopping = true;
    this.#limitTime();
    const stop = this.#stop;
    if (stop === undefined) {
      this.#print(`\nStopping before the start is complete; ${again} to stop at once.`);
      this.#interrupted.abort(new InterruptedError(exitCodes[signal] ?? 1));
      return;
    }
    this.#print(`\nStopping: open requests and deliveries finish first; ${again} to stop at once.`);
    stop().then(
      () => {
        this.#print('Tocsin has stopped. Pending deliveries are sent after the next start.');
        process.exit(0);
      },
      (error: unknown) => {
        process.stderr.write(`The shutdown failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  }

  #limitTime(): void {
    setTimeout(() => {
      const seconds = shutdownTimeoutMs / 1000;
      this.#print(
        `Tocsin has stopped after ${seconds} s. Unfinished deliveries are sent after the next start.`,
      );
      process.exit(1);
    }, shutdownTimeoutMs).unref();
  }
}

/** A signal stopped the start. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('stopped by a signal');
    this.exitCode = exitCode;
  }
}
