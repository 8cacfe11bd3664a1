/** The first delay, in ms. Each further one is twice as long. */
const baseMs = 200;
const longestMs = 60_000;

/** Delays that grow with each failure, until a success. Half of each is random. */
export class Backoff {
  #failures = 0;

  /** @param askedMs the delay that the server asks for, which is never shortened below it */
  nextMs(askedMs = 0): number {
    const delay = Math.min(longestMs, baseMs * 2 ** Math.min(this.#failures++, 20));
    return Math.max(delay * (0.5 + Math.random() / 2), Math.min(askedMs, longestMs));
  }

  reset(): void {
    this.#failures = 0;
  }
}
