import { Random } from './random.ts';
import { heartbeatMs, SimulatedProcess, type SimulatedProcessOptions } from './simulated-process.ts';
import { SimulatedStore } from './simulated-store.ts';
import { Timeline } from './timeline.ts';

export const partitionCount = 8;
/** Long enough for the calls of one heartbeat. */
export const callsMs = 250;

/** Processes on a store without faults. */
export class CalmWorld {
  readonly timeline = new Timeline();
  readonly random = new Random(1);
  readonly store = new SimulatedStore(this.timeline, this.random, {
    partitionCount,
    defect: undefined,
    faultRate: 0,
  });
  readonly logged: string[] = [];
  notifications = 0;
  readonly #processes: SimulatedProcess[] = [];
  #ids = 0;

  constructor() {
    this.store.isFaulty = false;
  }

  /** Starts a process, on a host of its own unless one is given, and waits until it has its share. */
  async start(options: Partial<SimulatedProcessOptions> = {}): Promise<SimulatedProcess> {
    const pid = this.#processes.length + 1;
    const process = new SimulatedProcess(
      {
        timeline: this.timeline,
        store: this.store,
        random: this.random,
        createId: () => `p${this.#ids++}`,
        notify: () => this.notifications++,
        log: {
          debug: (_, message) => this.logged.push(message),
          info: (_, message) => this.logged.push(message),
          warn: (_, message) => this.logged.push(message),
          error: (_, message) => this.logged.push(message),
        },
        isAlive: (host, other) =>
          this.#processes.some((one) => one.host === host && one.pid === other && one.isRunning),
      },
      { host: `host ${pid}`, pid, ...options },
    );
    this.#processes.push(process);
    await this.run(callsMs);
    return process;
  }

  async run(ms: number): Promise<void> {
    await this.timeline.runUntil(this.timeline.now + ms, () => undefined);
  }

  /** Starts processes and waits until they have equal shares. */
  async startMany(...each: readonly Partial<SimulatedProcessOptions>[]): Promise<SimulatedProcess[]> {
    const processes: SimulatedProcess[] = [];
    for (const options of each) processes.push(await this.start(options));
    await this.run(4 * heartbeatMs);
    return processes;
  }
}

export const count = ({ ownership }: SimulatedProcess) => ownership.owned.length;
export const all = Array.from({ length: partitionCount }, (_, partition) => partition);
