import { setTimeout as wait } from 'node:timers/promises';

/**
 * Wakes a loop that looks for work.
 *
 *   clear  --raise--> raised   ends a wait under way
 *   raised --clear--> clear
 *
 * The loop clears the signal before it looks. A signal raised meanwhile therefore ends the next wait at once.
 */
export class WorkSignal {
  #isRaised = false;
  #abort: AbortController | undefined;

  raise(): void {
    this.#isRaised = true;
    this.#abort?.abort();
  }

  clear(): void {
    this.#isRaised = false;
  }

  /** Resolves once the signal is raised, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (this.#isRaised) return;
    this.#abort = new AbortController();
    await wait(Math.max(1, ms), undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}
