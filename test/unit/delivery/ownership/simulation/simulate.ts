import { Random } from './random.ts';
import { heartbeatMs, leaseMs, SimulatedProcess } from './simulated-process.ts';
import { SimulatedStore, type StoreDefect } from './simulated-store.ts';
import { Timeline } from './timeline.ts';

export interface Incident {
  readonly afterMs: number;
  readonly kind: 'kill' | 'restart' | 'pause' | 'cut' | 'clock' | 'stop' | 'join' | 'primary';
  /** Which process it concerns. */
  readonly target: number;
  readonly forMs: number;
}

export interface Scenario {
  readonly seed: number;
  readonly processes: number;
  readonly incidents: readonly Incident[];
  readonly faultRate: number;
}

export interface SimulationOptions {
  readonly defect?: StoreDefect;
  /** @default 1000 */
  readonly marginMs?: number;
}

const partitionCount = 8;
const hosts = ['one', 'two', 'three'];
/**
 * From the last fault: writes that are still on their way, a lease, the series of heartbeats before the first fence,
 * and some heartbeats to share out.
 */
const recoveryMs = 20_000 + leaseMs + leaseMs + 8 * heartbeatMs;
const quietMs = 6 * heartbeatMs;

/** Runs a scenario. Throws if it breaks an invariant. */
export async function simulate(scenario: Scenario, { defect, marginMs = 1_000 }: SimulationOptions) {
  const random = new Random(scenario.seed);
  const timeline = new Timeline();
  const { faultRate } = scenario;
  const store = new SimulatedStore(timeline, random, { partitionCount, defect, faultRate });
  const processes: SimulatedProcess[] = [];
  let ids = 0;
  const deps = {
    timeline,
    store,
    random,
    createId: () => `p${ids++}`,
    isAlive: (host: string, pid: number) =>
      processes.some((process) => process.host === host && process.pid === pid && process.isRunning),
  };
  const start = (host: string) => {
    processes.push(new SimulatedProcess(deps, { host, pid: processes.length + 1, marginMs }));
  };
  const pickHost = (index: number) => hosts[index % hosts.length] ?? 'one';
  for (let index = 0; index < scenario.processes; index++) start(pickHost(index));

  const check = createCheck(store, processes, timeline);
  for (const { afterMs, kind, target, forMs } of scenario.incidents) {
    await timeline.runUntil(timeline.now + afterMs, check);
    const process = processes[target % processes.length];
    if (kind === 'join') start(pickHost(target));
    else if (kind === 'primary') store.clockOffset += target % 2 === 0 ? 100 * forMs : -100 * forMs;
    else if (kind === 'restart') {
      process?.kill();
      start(process?.host ?? 'one');
    } else if (process !== undefined) cause(process, kind, forMs, target);
    check();
  }
  await timeline.runUntil(timeline.now + leaseMs, check);

  store.isFaulty = false;
  start('one');
  await timeline.runUntil(timeline.now + recoveryMs, check);
  checkShares(store, processes);
  store.otherWrites.length = 0;
  await timeline.runUntil(timeline.now + quietMs, check);
  expectThat(store.otherWrites.length === 0, `writes while nothing happens: ${store.otherWrites.join()}`);
}

function cause(
  process: SimulatedProcess,
  kind: 'kill' | 'pause' | 'cut' | 'clock' | 'stop',
  forMs: number,
  target: number,
): void {
  // A clock that is set back while the machine sleeps hides the sleep, so a process has the one or the other.
  const isSleeper = process.pid % 2 === 0;
  if (kind === 'kill') process.kill();
  else if (kind === 'stop') process.stop();
  else if (kind === 'pause') process.pause(forMs, isSleeper);
  else if (kind === 'cut') process.cut(forMs);
  else if (!isSleeper) process.stepWallClock(target % 2 === 0 ? forMs : -forMs);
}

/** The invariants that hold after each step. */
function createCheck(
  store: SimulatedStore,
  processes: readonly SimulatedProcess[],
  timeline: Timeline,
): () => void {
  const before = [...store.partitions];
  return () => {
    for (const [partition, record] of store.partitions.entries()) {
      const previous = before[partition];
      if (previous === record || previous === undefined) continue;
      expectThat(
        record.epoch > previous.epoch || (record.epoch === previous.epoch && record.owner === previous.owner),
        `the epoch of partition ${partition} goes from ${previous.epoch} to ${record.epoch}`,
      );
      before[partition] = record;
    }
    for (let partition = 0; partition < partitionCount; partition++) {
      let owners = 0;
      for (const process of processes) {
        const { now } = timeline;
        const isOwner =
          process.believes(partition) ||
          process.dials.some((dial) => dial.partition === partition && dial.landsAt > now);
        if (isOwner) owners++;
      }
      expectThat(owners <= 1, `${owners} processes send to partition ${partition} at ${timeline.now}`);
    }
  };
}

/** Each partition has a live owner, and all senders have equal shares. */
function checkShares(store: SimulatedStore, processes: readonly SimulatedProcess[]): void {
  const running = processes.filter(({ state }) => state === 'running');
  for (const { partition, owner, epoch } of store.partitions) {
    const process = running.find(({ ownership }) => ownership.processId === owner);
    expectThat(process?.believes(partition) === true, `no live owner of partition ${partition}`);
    expectThat(process?.ownership.getEpoch(partition) === epoch, `another epoch of partition ${partition}`);
  }
  const shares = running.map(({ ownership }) => ownership.owned.length);
  expectThat(Math.max(...shares) - Math.min(...shares) <= 1, `unequal shares: ${shares.join()}`);
  const named = new Set(running.map(({ ownership }) => ownership.processId));
  const left = [...store.processes.keys()].filter((id) => !named.has(id));
  expectThat(left.length === 0, `processes are left over: ${left.join()}`);
}

function expectThat(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
