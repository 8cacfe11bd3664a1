import { retryDelayMs } from '../http/retry-delay.ts';

const baseDelayMs = 200;
const maxDelayMs = 60_000;

/** Delays that grow with each failure, until a success. */
export class Backoff {
  #failures = 0;

  /** @param askedMs the delay that the server asks for, followed for at most a minute */
  nextMs(askedMs = 0): number {
    const retryAfterMs = Math.min(askedMs, maxDelayMs);
    const random = Math.random();
    return retryDelayMs({ failures: ++this.#failures, retryAfterMs, baseDelayMs, maxDelayMs, random });
  }

  reset(): void {
    this.#failures = 0;
  }
}
