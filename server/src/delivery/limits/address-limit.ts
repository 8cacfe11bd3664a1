/** Time between two starts after a pause, over all processes. */
const spacingMs = 50;

/** Requests start slowly for this long after a pause, and then twice as fast each time this has passed. */
const recoveryMs = 10_000;

/**
 * The limit of all requests of our address to one service.
 *
 *   open       --pauseUntil-->                       paused      no request starts
 *   paused     --its end-->                          recovering  requests start one after the other
 *   recovering --ten seconds, and no reservation left--> open
 *   recovering --pauseUntil-->                       paused
 *
 * Many deliveries wait at the end of a pause. Without the slow start, they would exceed the limit again at once. The
 * rate doubles, so that more requests than it allows do not keep it slow for good.
 */
export class AddressLimit {
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #nextStartAt = Number.NEGATIVE_INFINITY;

  /** End of the current pause, or of the last one, epoch ms. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** Never shortens a pause. */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  /**
   * Reserves the next free start of a request and returns its time.
   *
   * @param share - The share of the starts that this process may use, above 0 and up to 1.
   */
  reserveStart(now: number, share: number): number {
    const isOpen = now >= this.#pausedUntil + recoveryMs && now >= this.#nextStartAt;
    if (isOpen) return now;
    const startAt = Math.max(now, this.#pausedUntil, this.#nextStartAt);
    const doublings = Math.floor((startAt - this.#pausedUntil) / recoveryMs);
    this.#nextStartAt = startAt + spacingMs / 2 ** doublings / share;
    return startAt;
  }
}
