import type { Clock, Timers } from '../../../src/domain/ports/runtime.ts';

interface Wait {
  readonly at: number;
  /** Orders waits that end at the same time by when they began. */
  readonly order: number;
  readonly callback: () => void;
}

/** A clock and timers that stand still until they are moved. Waits end in the order of their times. */
export class VirtualTime implements Clock, Timers {
  readonly #start: number;
  #now: number;
  #order = 0;
  readonly #waits = new Set<Wait>();
  #gathering = new Set<() => void>();

  /** @param start epoch ms */
  constructor(start: number) {
    this.#start = start;
    this.#now = start;
  }

  /** Number of waits that began. It changes whenever something happens that waits for a time. */
  get begun(): number {
    return this.#order;
  }

  /** When the next wait ends, epoch ms. Infinity if nothing waits. */
  get nextAt(): number {
    return this.#findNext()?.at ?? Number.POSITIVE_INFINITY;
  }

  readonly now = (): number => this.#now;

  readonly monotonicNow = (): number => this.#now - this.#start;

  readonly after = (ms: number, callback: () => void): (() => void) => {
    const wait = { at: this.#now + Math.max(0, Math.ceil(ms)), order: this.#order++, callback };
    if (Number.isFinite(wait.at)) this.#waits.add(wait);
    return () => void this.#waits.delete(wait);
  };

  readonly gather = (_ms: number, callback: () => void): (() => void) => {
    this.#order++;
    this.#gathering.add(callback);
    return () => void this.#gathering.delete(callback);
  };

  /** Ends the gathering of work. Returns whether any was gathered. */
  endGathering(): boolean {
    const callbacks = [...this.#gathering];
    this.#gathering = new Set();
    for (const callback of callbacks) callback();
    return callbacks.length > 0;
  }

  /** Moves to a time that is not earlier than now, and ends the waits that are over. */
  moveTo(time: number): void {
    this.#now = Math.max(this.#now, time);
    for (let wait = this.#findNext(); wait !== undefined && wait.at <= this.#now; wait = this.#findNext()) {
      this.#waits.delete(wait);
      wait.callback();
    }
  }

  #findNext(): Wait | undefined {
    let next: Wait | undefined;
    for (const wait of this.#waits) {
      if (next === undefined || wait.at < next.at || (wait.at === next.at && wait.order < next.order)) {
        next = wait;
      }
    }
    return next;
  }
}
