import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from './clock.ts';
import { cpuSeconds, machineBusySeconds } from './cpu.ts';

/** A round in which others took more than this is left out of the medians while there are rounds with less. */
export const quietPercent = 10;

/** How much of the machine went to processes that are not the bench's: what makes a figure worthless unnoticed. */
export class Others {
  readonly #own: readonly number[];
  readonly #startedUs = nowUs();
  readonly #busy: number;
  readonly #ownBefore: number;

  private constructor(own: readonly number[], reading: { busy: number; own: number }) {
    this.#own = own;
    this.#busy = reading.busy;
    this.#ownBefore = reading.own;
  }

  /** `own`: the bench's processes, beside this one. All must live until `percent`. */
  static async watch(own: readonly number[]): Promise<Others> {
    const pids = [process.pid, ...own];
    return new Others(pids, await read(pids));
  }

  async percent(): Promise<number> {
    const { busy, own } = await read(this.#own);
    const others = busy - this.#busy - (own - this.#ownBefore);
    const elapsedS = (nowUs() - this.#startedUs) / 1e6;
    return Math.max(0, (100 * others) / (elapsedS * availableParallelism()));
  }
}

async function read(own: readonly number[]): Promise<{ busy: number; own: number }> {
  const [busy, ...times] = await Promise.all([machineBusySeconds(), ...own.map(cpuSeconds)]);
  return { busy, own: times.reduce((sum, time) => sum + time, 0) };
}

/** Waits until the machine is left alone for two seconds, `patienceS` at most. */
export async function waitForQuiet(patienceS: number, say: (line: string) => void): Promise<void> {
  const end = performance.now() + patienceS * 1000;
  let told = false;
  while (performance.now() < end) {
    const others = await Others.watch([]);
    await wait(2_000);
    const percent = await others.percent();
    if (percent <= quietPercent) return;
    if (!told) say(`  others use ${percent.toFixed(0)} % of the machine: waiting up to ${patienceS} s`);
    told = true;
  }
}
