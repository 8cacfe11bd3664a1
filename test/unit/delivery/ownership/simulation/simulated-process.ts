import type { OwnershipListener } from '../../../../../server/src/delivery/ownership/ownership-listener.ts';
import { Ownership } from '../../../../../server/src/delivery/ownership/ownership.ts';
import type { Log } from '../../../../../server/src/domain/ports/runtime.ts';
import { aProcess } from '../../../../support/builders.ts';
import type { Random } from './random.ts';
import type { SimulatedStore } from './simulated-store.ts';
import type { Timeline } from './timeline.ts';

export interface SimulatedProcessDeps {
  readonly timeline: Timeline;
  readonly store: SimulatedStore;
  readonly random: Random;
  /** Whether a process of a host runs. */
  isAlive(host: string, pid: number): boolean;
  createId(): string;
  notify?(): void;
  readonly log?: Log;
}

export interface SimulatedProcessOptions {
  readonly host: string;
  readonly pid: number;
  readonly instance?: string | null;
  /** @default 1000 */
  readonly marginMs?: number;
  /** @default true */
  readonly sends?: boolean;
  /** Whether the store is out of reach from the start. @default false */
  readonly isCut?: boolean;
  /** Replaces parts of the listener. */
  readonly listener?: Partial<OwnershipListener>;
}

export const leaseMs = 10_000;
export const heartbeatMs = 2_500;
/** A request reaches its receiver at most this long after the process has checked its lease. */
const maxDialMs = 950;

const noLog = { debug: noop, info: noop, warn: noop, error: noop };

function noop(): void {
  // Nothing.
}

/** The real ownership in a process with clocks of its own, which can be paused, put to sleep and killed. */
export class SimulatedProcess {
  readonly ownership: Ownership;
  readonly host: string;
  readonly pid: number;
  state: 'running' | 'paused' | 'stopping' | 'gone' = 'running';
  /** Requests on their way: the partition, and when they arrive. */
  dials: { readonly partition: number; readonly landsAt: number }[] = [];
  readonly #deps: SimulatedProcessDeps;
  #wallOffset: number;
  /** How far the monotonic clock is behind, because the machine slept. */
  #slept = 0;
  #waiting: (() => void)[] = [];
  #cutUntil = 0;

  constructor(deps: SimulatedProcessDeps, options: SimulatedProcessOptions) {
    this.#deps = deps;
    const { host, pid, instance = null, marginMs = 1_000, sends = true } = options;
    this.host = host;
    this.pid = pid;
    this.#wallOffset = deps.random.below(1e9);
    const { timeline } = deps;
    if (options.isCut === true) this.#cutUntil = Number.MAX_SAFE_INTEGER;
    this.ownership = new Ownership(
      {
        ...deps.store.connect({
          isConnected: () => timeline.now >= this.#cutUntil,
          reply: (callback) => this.#run(callback),
        }),
        clock: {
          monotonicNow: () => timeline.now - this.#slept,
          wallNow: () => timeline.now + this.#wallOffset,
          after: (ms, callback) => {
            let isCancelled = false;
            timeline.after(ms, () => this.#run(() => isCancelled || callback()));
            return () => {
              isCancelled = true;
            };
          },
        },
        log: deps.log ?? noLog,
        createId: deps.createId,
        notify: () => deps.notify?.(),
        isAlive: (other) => deps.isAlive(host, other),
      },
      {
        self: aProcess({ instance, host, pidNamespace: host, pid, pidStart: `${pid}`, sends }),
        leaseMs,
        heartbeatMs,
        marginMs,
      },
    );
    this.ownership.start({ ...this.#createListener(), ...options.listener }).catch(() => {
      // A server that cannot register does not start.
      this.state = 'gone';
    });
    this.#dialSoon();
  }

  get isRunning(): boolean {
    return this.state !== 'gone';
  }

  /** Whether the process would start a request now. */
  believes(partition: number): boolean {
    return this.isRunning && this.ownership.canSend && this.ownership.owns(partition);
  }

  /** Suspends the process. While its machine sleeps, its monotonic clock stands still. */
  pause(ms: number, isSleep: boolean): void {
    if (this.state !== 'running') return;
    this.state = 'paused';
    this.#deps.timeline.after(ms, () => {
      if (this.state !== 'paused') return;
      this.state = 'running';
      if (isSleep) this.#slept += ms;
      for (const callback of this.#waiting.splice(0)) this.#run(callback);
    });
  }

  /** Separates the process from the store, while it goes on. */
  cut(ms: number): void {
    this.#cutUntil = this.#deps.timeline.now + ms;
  }

  stepWallClock(ms: number): void {
    this.#wallOffset += ms;
  }

  kill(): void {
    this.state = 'gone';
    this.#waiting = [];
    this.dials = [];
  }

  stop(): void {
    if (this.state !== 'running') return;
    this.state = 'stopping';
    void this.ownership.stop().then(() => {
      this.state = 'gone';
    });
  }

  #run(callback: () => void): void {
    if (this.state === 'gone') return;
    if (this.state === 'paused') this.#waiting.push(callback);
    else callback();
  }

  /** Starts requests of random partitions that it owns. */
  #dialSoon(): void {
    const { timeline, random, store } = this.#deps;
    timeline.after(random.below(200), () =>
      this.#run(() => {
        this.dials = this.dials.filter(({ landsAt }) => landsAt > timeline.now);
        const partition = Math.floor(random.below(store.partitions.length));
        if (this.believes(partition)) {
          this.dials.push({ partition, landsAt: timeline.now + random.below(maxDialMs) });
        }
        if (store.isFaulty) this.#dialSoon();
      }),
    );
  }

  #createListener(): OwnershipListener {
    const { timeline, random, store } = this.#deps;
    return {
      onAcquired: noop,
      onLost: noop,
      onRenewed: noop,
      release: async (partitions, { isFinal }) =>
        await new Promise((resolve) => {
          const isBusy = (partition: number) =>
            this.dials.some((dial) => dial.partition === partition && dial.landsAt > timeline.now);
          timeline.after(isFinal ? maxDialMs : random.below(maxDialMs), () =>
            this.#run(() => {
              const isStuck = store.isFaulty && !isFinal && random.chance(0.3);
              resolve(isStuck ? [] : partitions.filter((partition) => !isBusy(partition)));
            }),
          );
        }),
    };
  }
}
