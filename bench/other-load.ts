import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from './clock.ts';
import { cpuSeconds, machineBusySeconds } from './cpu.ts';

/** Rounds with more load by other processes are excluded from the medians, unless all rounds have more. */
export const quietPercent = 10;

/** Measures the CPU share of processes outside the bench, which distorts results. */
export class OtherLoad {
  readonly #own: readonly number[];
  readonly #startedUs = nowUs();
  readonly #busy: number;
  readonly #ownBefore: number;

  private constructor(own: readonly number[], reading: { busy: number; own: number }) {
    this.#own = own;
    this.#busy = reading.busy;
    this.#ownBefore = reading.own;
  }

  /** `own` are the other processes of the bench. They must be alive until `percent` is called. */
  static async watch(own: readonly number[]): Promise<OtherLoad> {
    const pids = [process.pid, ...own];
    return new OtherLoad(pids, await read(pids));
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

/** Waits until the machine is quiet for two seconds, at most `patienceS`. */
export async function waitForQuiet(patienceS: number, print: (line: string) => void): Promise<void> {
  const end = performance.now() + patienceS * 1000;
  let isReported = false;
  while (performance.now() < end) {
    const others = await OtherLoad.watch([]);
    await wait(2_000);
    const percent = await others.percent();
    if (percent <= quietPercent) return;
    if (!isReported)
      print(`  other processes use ${percent.toFixed(0)}% of the machine; waiting up to ${patienceS} s`);
    isReported = true;
  }
}
