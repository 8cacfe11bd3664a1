import { setTimeout as sleep } from 'node:timers/promises';
import { toMs, type Duration } from './duration.ts';

/** Options of `waitFor`. */
export interface WaitOptions {
  /**
   * How long to wait in real time. The default is less than the limit of a test in vitest and jest, so that the
   * failure shows the reason.
   * @default '4s'
   */
  readonly timeout?: Duration | undefined;
}

/** Real time between two checks, ms. */
const intervalMs = 10;

/**
 * Runs `settle` and the condition in turns until the condition neither throws nor returns false.
 *
 * @throws what the condition threw last, or an error that quotes the condition
 */
export async function waitFor<T>(
  settle: () => Promise<void>,
  condition: () => T | Promise<T>,
  { timeout = '4s' }: WaitOptions,
): Promise<Exclude<T, false>> {
  const end = performance.now() + toMs('timeout', timeout);
  for (;;) {
    await settle();
    const isLast = performance.now() >= end;
    try {
      const result = await condition();
      // `as`: every value but false.
      if (result !== false) return result as Exclude<T, false>;
    } catch (error) {
      if (isLast) throw error;
    }
    if (isLast) throw new Error(`still false after ${timeout} of real time: ${String(condition)}`);
    await sleep(intervalMs);
  }
}
