import type { Timers } from '../../domain/ports/runtime.ts';
import { realTimers } from './real-timers.ts';

/**
 * Wakes a loop that looks for work.
 *
 *   clear  --raise--> raised   ends a wait under way
 *   raised --clear--> clear
 *
 * The loop clears the signal before it looks. A signal raised meanwhile therefore ends the next wait at once.
 */
export class WorkSignal {
  readonly #timers: Pick<Timers, 'after'>;
  #isRaised = false;
  #endWait: (() => void) | undefined;

  constructor(timers: Pick<Timers, 'after'> = realTimers) {
    this.#timers = timers;
  }

  raise(): void {
    this.#isRaised = true;
    this.#endWait?.();
  }

  clear(): void {
    this.#isRaised = false;
  }

  /** Resolves once the signal is raised, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (this.#isRaised) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#timers.after(Math.max(1, ms), resolve);
      this.#endWait = () => {
        cancel();
        resolve();
      };
    });
    this.#endWait = undefined;
  }
}
