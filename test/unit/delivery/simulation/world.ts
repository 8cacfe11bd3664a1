import { Random } from '../ownership/simulation/random.ts';
import { Timeline } from '../ownership/simulation/timeline.ts';

/** Something that has timers of its own, which stand still while it does not run. */
export interface Runner {
  /** Runs a callback as part of the process. Later if it is paused, never if it is gone. */
  run(callback: () => void): void;
  /** What `performance.now()` returns in it. */
  monotonicNow(): number;
}

interface FakeTimer {
  isCancelled: boolean;
  unref(): FakeTimer;
}

type Callback = (...args: unknown[]) => void;

/**
 * Virtual time for the code of several processes. The timers that a process sets belong to it, and so do those
 * that it sets after it has waited for a promise: only one process runs in a step of the time line.
 */
export class World {
  readonly timeline = new Timeline();
  readonly random: Random;
  #current: Runner | undefined;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  get now(): number {
    return this.timeline.now;
  }

  /** Calls back outside any process. */
  after(ms: number, callback: () => void): void {
    this.timeline.after(ms, () => {
      this.#current = undefined;
      callback();
    });
  }

  enter(runner: Runner, callback: () => void): void {
    this.#current = runner;
    callback();
  }

  /** Runs code with virtual timers. */
  async use(run: () => Promise<void>): Promise<void> {
    const real = {
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      setInterval: globalThis.setInterval,
      clearInterval: globalThis.clearInterval,
      setImmediate: globalThis.setImmediate,
      clearImmediate: globalThis.clearImmediate,
    };
    const realNow = performance.now;
    const realRandom = Math.random;
    const cancel = (timer: unknown): boolean => {
      if (!isFake(timer)) return false;
      timer.isCancelled = true;
      return true;
    };
    const fakes = {
      setTimeout: (callback: Callback, ms = 0, ...args: unknown[]) =>
        this.#setTimer(ms, () => callback(...args)) ?? real.setTimeout(callback, ms, ...args),
      setInterval: (callback: Callback, ms = 0, ...args: unknown[]) =>
        this.#setTimer(ms, () => callback(...args), ms) ?? real.setInterval(callback, ms, ...args),
      setImmediate: (callback: Callback, ...args: unknown[]) =>
        this.#setTimer(0, () => callback(...args)) ?? real.setImmediate(callback, ...args),
      clearTimeout: (timer: NodeJS.Timeout) => cancel(timer) || real.clearTimeout(timer),
      clearInterval: (timer: NodeJS.Timeout) => cancel(timer) || real.clearInterval(timer),
      clearImmediate: (timer: NodeJS.Immediate) => cancel(timer) || real.clearImmediate(timer),
    };
    Object.assign(globalThis, fakes);
    performance.now = () => this.#current?.monotonicNow() ?? realNow.call(performance);
    Math.random = () => (this.#current === undefined ? realRandom() : this.random.next());
    try {
      await run();
    } finally {
      Object.assign(globalThis, real);
      performance.now = realNow;
      Math.random = realRandom;
    }
  }

  /** Undefined outside any process: the timer is a real one. */
  #setTimer(ms: number, callback: () => void, everyMs?: number): FakeTimer | undefined {
    const runner = this.#current;
    if (runner === undefined) return undefined;
    const timer: FakeTimer = { isCancelled: false, unref: () => timer };
    const fire = (): void => {
      if (timer.isCancelled) return;
      if (everyMs !== undefined) this.timeline.after(everyMs, () => runner.run(fire));
      callback();
    };
    this.timeline.after(Math.max(0, ms), () => {
      if (!timer.isCancelled) runner.run(fire);
    });
    return timer;
  }
}

function isFake(timer: unknown): timer is FakeTimer {
  return typeof timer === 'object' && timer !== null && 'isCancelled' in timer;
}
