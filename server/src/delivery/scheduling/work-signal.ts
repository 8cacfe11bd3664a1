import { setTimeout as wait } from 'node:timers/promises';

/**
 * Wakes the claim loop: there may be due work in the database, or room in memory for it.
 *
 *   clear  --raise--> raised   ends a wait under way
 *   raised --clear--> clear
 *
 * The loop clears the signal before it claims. A signal raised during a claim therefore ends the next wait at
 * once.
 */
export class WorkSignal {
  #isRaised = false;
  #nextDueAt = Number.POSITIVE_INFINITY;
  #abort: AbortController | undefined;

  raise(): void {
    this.#isRaised = true;
    this.#abort?.abort();
  }

  /** Ends a later wait at `time`, epoch ms. Does not shorten a wait under way. */
  raiseAt(time: number): void {
    if (time < this.#nextDueAt) this.#nextDueAt = time;
  }

  clear(): void {
    this.#isRaised = false;
  }

  /** Resolves once the signal is raised, at the earliest time given to `raiseAt`, or after `maxMs`. */
  async wait(now: number, maxMs: number): Promise<void> {
    if (this.#isRaised) return;
    const ms = Math.max(1, Math.min(maxMs, this.#nextDueAt - now));
    if (this.#nextDueAt - now <= ms) this.#nextDueAt = Number.POSITIVE_INFINITY;
    this.#abort = new AbortController();
    await wait(ms, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}
