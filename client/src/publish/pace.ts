import type { ClientConfig } from '../options.ts';
import { lastWaitMs, retryDelayMs } from '../http/retry-delay.ts';

/** The longest pause that the server did not ask for. Events that are published meanwhile also wait for it. */
const maxPauseMs = 2_000;

/**
 * How many requests may be in flight, and when the next one may start. A request that failed as a whole halves
 * the number, and a successful one raises it by one. From the second failure in a row on, and if the server
 * asks for a delay, no request starts for a growing time (backoff with jitter). An overloaded server thus gets
 * fewer requests, while a single lost response delays no others.
 */
export class Pace {
  readonly #config: ClientConfig;
  #window: number;
  #failures = 0;
  #failedAt = 0;
  #pausedUntil = 0;

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#window = config.coalesce.maxInFlight;
  }

  hasRoom(inFlight: number): boolean {
    return inFlight < this.#window;
  }

  /** Returns for how long no request may start, in ms. */
  pauseMs(nowMs: number): number {
    return this.#pausedUntil - nowMs;
  }

  recordSuccess(): void {
    this.#failures = 0;
    this.#window = Math.min(this.#config.coalesce.maxInFlight, this.#window + 1);
  }

  /** @param startedAt when the request that failed started, in ms since 1970 */
  recordFailure(startedAt: number, retryAfterMs: number | undefined): void {
    const now = Date.now();
    // Requests that were in flight together fail together, which is one failure.
    if (startedAt >= this.#failedAt) {
      this.#failures++;
      this.#failedAt = now;
      this.#window = Math.max(1, Math.floor(this.#window / 2));
    }
    if (this.#failures < 2 && retryAfterMs === undefined) return;
    const { retry, timeoutMs, attemptTimeoutMs } = this.#config;
    const random = Math.random();
    const failures = Math.max(1, this.#failures - 1);
    const maxDelayMs = Math.min(retry.maxDelayMs, maxPauseMs);
    const waitMs = retryDelayMs({ ...retry, maxDelayMs, failures, retryAfterMs, random });
    // Entries have one last try within their time limit, whatever the server asks for.
    const limitMs = lastWaitMs(timeoutMs, attemptTimeoutMs);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(waitMs, limitMs));
  }
}
