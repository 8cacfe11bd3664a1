import { closedError } from './errors.ts';
import { startTimer } from './http/timer.ts';

/**
 * The queries and mutations of a client that have no result yet.
 *
 * - Open: calls start and end.
 * - Closing: calls in flight may still end. No call starts, and subscriptions end.
 * - Closed: the time of `close` is over, and the calls still in flight have ended with `CLOSED`.
 */
export class CallsInFlight {
  readonly #closing = new AbortController();
  readonly #aborts = new Set<(reason: unknown) => void>();
  #onIdle: (() => void)[] = [];

  /** Aborts when closing begins. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Runs a call.
   *
   * @param abort ends the call when the time of `close` is over
   * @throws TocsinClientError with the code `CLOSED` if closing has begun
   */
  async run<T>(call: () => Promise<T>, abort: (reason: unknown) => void): Promise<T> {
    if (this.#closing.signal.aborted) throw closedError(false);
    this.#aborts.add(abort);
    try {
      return await call();
    } finally {
      this.#aborts.delete(abort);
      if (this.#aborts.size === 0) for (const onIdle of this.#onIdle.splice(0)) onIdle();
    }
  }

  /** Rejects new calls, and resolves when those in flight have ended, at the latest after `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing.abort(closedError());
    if (this.#aborts.size === 0) return;
    await new Promise<void>((resolve) => {
      const stopTimer = startTimer(() => {
        for (const abort of this.#aborts) abort(closedError());
      }, timeoutMs);
      this.#onIdle.push(() => {
        stopTimer();
        resolve();
      });
    });
  }
}
