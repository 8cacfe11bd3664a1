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
  #endWait: (() => void) | undefined;

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
      const timer = setTimeout(resolve, Math.max(1, ms));
      this.#endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endWait = undefined;
  }
}
