import type {
  ChangeCounts,
  ChangeCountStore,
  CountedChange,
} from '../../../../src/domain/ports/limit-stores.ts';
import { dayMs, hourMs, startOf } from '../../../../src/domain/windows.ts';

/** The changes in one hour or day. */
interface Window {
  /** Epoch ms. */
  readonly start: number;
  readonly count: number;
}

/** Keeps the current hour and day of each account only. */
export class MemoryChangeCountStore implements ChangeCountStore {
  readonly #windows = new Map<string, ChangeCounts<Window>>();

  async add(accountId: string, maximum: ChangeCounts<number | null>, now: number): Promise<CountedChange> {
    const stored = this.#windows.get(accountId);
    const hour = toCurrent(stored?.hour, now, hourMs);
    const day = toCurrent(stored?.day, now, dayMs);
    const isCounted = hour.count < (maximum.hour ?? Infinity) && day.count < (maximum.day ?? Infinity);
    const more = isCounted ? 1 : 0;
    const counts = { hour: hour.count + more, day: day.count + more };
    this.#windows.set(accountId, {
      hour: { ...hour, count: counts.hour },
      day: { ...day, count: counts.day },
    });
    return { ...counts, isCounted };
  }

  async remove(accountId: string, at: number): Promise<void> {
    const stored = this.#windows.get(accountId);
    if (stored === undefined) return;
    this.#windows.set(accountId, {
      hour: withOneLess(stored.hour, startOf(at, hourMs)),
      day: withOneLess(stored.day, startOf(at, dayMs)),
    });
  }

  async read(accountId: string, now: number): Promise<ChangeCounts<number>> {
    const stored = this.#windows.get(accountId);
    return {
      hour: toCurrent(stored?.hour, now, hourMs).count,
      day: toCurrent(stored?.day, now, dayMs).count,
    };
  }
}

/** Begins a new window with a count of 0. Never returns to an earlier one, because clocks differ by some ms. */
function toCurrent(stored: Window | undefined, now: number, windowMs: number): Window {
  const start = startOf(now, windowMs);
  return stored === undefined || stored.start < start ? { start, count: 0 } : stored;
}

function withOneLess(window: Window, start: number): Window {
  return window.start === start ? { start, count: Math.max(0, window.count - 1) } : window;
}
