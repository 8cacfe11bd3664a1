import { setImmediate as nextTurn } from 'node:timers/promises';
import type { VirtualTime } from './virtual-time.ts';

export interface SettleDeps {
  readonly time: VirtualTime;
  /** A number that changes with everything that happens. */
  readonly countActivity: () => number;
  /** What runs in real time, such as a handler of the test. Undefined: nothing. */
  readonly findBusy: () => string | undefined;
}

/** Turns of the event loop without any activity after which nothing is under way. */
const quietTurns = 3;

/** A handler that takes longer in real time is reported. */
const maxBusyMs = 10_000;

/**
 * Waits until nothing is left to do at the present virtual time. It counts turns of the event loop and never sleeps:
 * all stores are in memory, so what goes on makes progress with each turn.
 *
 * @throws Error if something is busy for ten seconds of real time; the message names it
 */
export async function settle({ time, countActivity, findBusy }: SettleDeps): Promise<void> {
  let quiet = 0;
  let busySince: number | undefined;
  while (quiet < quietTurns) {
    const before = countActivity();
    await nextTurn();
    const busy = findBusy();
    if (busy !== undefined) {
      busySince ??= performance.now();
      if (performance.now() - busySince > maxBusyMs) {
        throw new Error(`${busy} did not finish within ${maxBusyMs / 1000} s of real time`);
      }
    } else busySince = undefined;
    if (busy !== undefined || countActivity() !== before) quiet = 0;
    else if (quiet === quietTurns - 1 && time.endGathering()) quiet = 0;
    else quiet++;
  }
}
