import type {
  OwnershipView,
  PartitionClaim,
  PartitionRecord,
  PartitionStore,
  ProcessIdentity,
  ProcessRecord,
  ProcessStore,
} from '../../../../../server/src/domain/ports/ownership.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** Faults in the store, to show that the simulation finds them. */
export type StoreDefect =
  /** A partition is taken from a process that is not fenced first. */
  | 'takes-without-fence'
  /** A change of an owner does not compare the epoch. */
  | 'ignores-epochs'
  /** The same, and writes the epoch that the caller expects. */
  | 'writes-old-epochs'
  /** A heartbeat revives a fenced process. */
  | 'revives-fenced'
  /** A fence does not compare the heartbeat. */
  | 'fences-blindly';

class SimulatedError extends Error {
  override readonly name = 'SimulatedError';
}

export interface SimulatedStoreOptions {
  readonly partitionCount: number;
  readonly defect: StoreDefect | undefined;
  /** Share of calls that fail, are late, or both. */
  readonly faultRate: number;
}

/** The connection of a process. */
export interface Network {
  /** Whether calls reach the store. */
  isConnected(): boolean;
  /** Runs a callback in the process. */
  reply(callback: () => void): void;
}

/** How long the caller of a store waits for a call. */
const callTimeoutMs = 10_000;

/** The database, with one clock, and the calls to it, which fail, take long and are reordered. */
export class SimulatedStore {
  readonly processes = new Map<string, ProcessRecord>();
  readonly partitions: PartitionRecord[];
  /** Writes that are no heartbeats, by kind. */
  readonly otherWrites: string[] = [];
  isFaulty = true;
  /** Whether calls get no reply. */
  isHanging = false;
  /** Calls, by kind. */
  readonly calls: string[] = [];
  /** How far the clock of the database is ahead, ms. */
  clockOffset = 0;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #options: SimulatedStoreOptions;

  constructor(timeline: Timeline, random: Random, options: SimulatedStoreOptions) {
    this.#timeline = timeline;
    this.#random = random;
    this.#options = options;
    this.partitions = Array.from({ length: options.partitionCount }, (_, partition) => ({
      partition,
      owner: null,
      epoch: 0,
      wanted: null,
    }));
  }

  /** The stores of one process. */
  connect(network: Network): { processes: ProcessStore; partitions: PartitionStore } {
    const call = <T>(kind: string, parts: readonly (() => T)[]) => this.#call(kind, parts, network);
    const one = async <T>(kind: string, apply: () => T): Promise<T> => {
      const [result] = await call(kind, [apply]);
      if (result === undefined) throw new SimulatedError('no result');
      return result.value;
    };
    return {
      processes: {
        register: async (id, identity, leaseMs, changeSeen) =>
          await one('register', () => this.#register(id, identity, leaseMs, changeSeen)),
        heartbeat: async (id, leaseMs, changeSeen) =>
          await one('heartbeat', () => this.#heartbeat(id, leaseMs, changeSeen)),
        startDraining: async (id) => {
          await one('drain', () => this.#update(id, { state: 'draining' }, ['live']));
        },
        reportChangeSeen: async (id, changeSeen) => {
          await one('change', () => this.#update(id, { changeSeen }, ['live', 'draining']));
        },
        fence: async (id, beats) => await one('fence', () => this.#fence(id, beats)),
        remove: async (id) => await one('remove', () => void this.processes.delete(id)),
        removeFenced: async (ids) => await one('remove', () => this.#removeFenced(ids)),
      },
      partitions: {
        read: async () => await one('read', () => this.#read()),
        take: async (claims, owner) => {
          const taken = await call(
            'take',
            claims.map((claim) => () => this.#change(claim, owner)),
          );
          return claims.flatMap(({ partition }, index) => (taken[index]?.value === true ? [partition] : []));
        },
        handOver: async (claims) => {
          await call(
            'hand over',
            claims.map((claim) => () => this.#change(claim, claim.newOwner)),
          );
        },
        releaseAll: async (owner) => await one('hand over', () => this.#releaseAll(owner)),
        setWanted: async (records, wanted) => {
          await call(
            'want',
            records.map((record) => () => this.#setWanted(record, wanted)),
          );
        },
      },
    };
  }

  /**
   * Applies the parts of a call, all at one time or each at another, and replies with their results. With a fault,
   * the caller gets an error, and the parts are applied before that, long after that, or not at all.
   */
  async #call<T>(
    kind: string,
    parts: readonly (() => T)[],
    { isConnected, reply }: Network,
  ): Promise<({ readonly value: T } | undefined)[]> {
    this.calls.push(kind);
    if (kind !== 'heartbeat' && kind !== 'read') this.otherWrites.push(kind);
    if (this.isHanging) return await new Promise(() => undefined);
    const random = this.#random;
    const isFaulty = this.isFaulty && random.chance(this.#options.faultRate);
    const isSlow = isFaulty && random.chance(0.5);
    const applyAfter = isSlow ? random.below(callTimeoutMs) : random.below(20);
    const replyAfter = isSlow ? random.below(callTimeoutMs) : random.below(20);
    const outcome = !isConnected() ? 0 : isFaulty ? random.below(4) : 4;
    const results: ({ readonly value: T } | undefined)[] = parts.map(() => undefined);
    for (const [index, apply] of parts.entries()) {
      const isNeverApplied = outcome < 1;
      if (isNeverApplied) break;
      const isLate = outcome < 2;
      const scatter = isSlow ? random.below(1_000) : 0;
      this.#timeline.after(isLate ? random.below(2 * callTimeoutMs) : applyAfter + scatter, () => {
        results[index] = { value: apply() };
      });
    }
    return await new Promise((resolve, reject) => {
      const isError = outcome < 3;
      this.#timeline.after(isError ? replyAfter : applyAfter + 1_000 * Number(isSlow) + replyAfter, () =>
        reply(() => (isError ? reject(new SimulatedError(`${kind} failed`)) : resolve(results))),
      );
    });
  }

  get #now(): number {
    return this.#timeline.now + this.clockOffset;
  }

  #read(): OwnershipView {
    return {
      now: this.#now,
      processes: [...this.processes.values()],
      partitions: [...this.partitions],
    };
  }

  #register(
    id: string,
    { role: _role, ...identity }: ProcessIdentity,
    leaseMs: number,
    changeSeen: number,
  ): void {
    if (this.processes.has(id)) throw new SimulatedError('duplicate key');
    const until = this.#now + leaseMs;
    this.processes.set(id, { ...identity, id, state: 'live', until, beats: 0, changeSeen });
  }

  #heartbeat(id: string, leaseMs: number, changeSeen: number): boolean {
    const until = this.#now + leaseMs;
    const beats = (this.processes.get(id)?.beats ?? 0) + 1;
    if (this.#options.defect === 'revives-fenced') {
      return this.#update(id, { until, beats, changeSeen, state: 'live' }, ['live', 'draining', 'fenced']);
    }
    return this.#update(id, { until, beats, changeSeen }, ['live', 'draining']);
  }

  #update(id: string, change: Partial<ProcessRecord>, states: readonly ProcessRecord['state'][]): boolean {
    const process = this.processes.get(id);
    if (process === undefined || !states.includes(process.state)) return false;
    this.processes.set(id, { ...process, ...change });
    return true;
  }

  #fence(id: string, beats: number | undefined): boolean {
    const process = this.processes.get(id);
    if (beats !== undefined && process === undefined) return false;
    const isSame = beats === undefined || process?.beats === beats;
    if (!isSame && this.#options.defect !== 'fences-blindly') return false;
    if (this.#options.defect === 'takes-without-fence') return true;
    if (process !== undefined) return this.#update(id, { state: 'fenced' }, ['live', 'draining']);
    const unknown = { instance: null, host: '', pidNamespace: '', pid: 0, pidStart: null, sends: false };
    this.processes.set(id, { ...unknown, id, state: 'fenced', until: 0, beats: 0, changeSeen: 0 });
    return true;
  }

  #removeFenced(ids: readonly string[]): void {
    for (const id of ids) if (this.processes.get(id)?.state === 'fenced') this.processes.delete(id);
  }

  #change({ partition, owner, epoch }: PartitionClaim, newOwner: string | null): boolean {
    const record = this.partitions[partition];
    if (record?.owner !== owner) return false;
    const { defect } = this.#options;
    if (record.epoch !== epoch && defect !== 'ignores-epochs' && defect !== 'writes-old-epochs') return false;
    const newEpoch = (defect === 'ignores-epochs' ? record.epoch : epoch) + 1;
    this.partitions[partition] = { partition, owner: newOwner, epoch: newEpoch, wanted: null };
    return true;
  }

  #releaseAll(owner: string): void {
    for (const record of this.partitions) {
      if (record.owner !== owner) continue;
      const { partition, epoch } = record;
      this.partitions[partition] = { partition, owner: null, epoch: epoch + 1, wanted: null };
    }
  }

  #setWanted({ partition, owner, epoch, wanted: previous }: PartitionRecord, wanted: string | null): void {
    const record = this.partitions[partition];
    if (record?.owner !== owner || record.epoch !== epoch || record.wanted !== previous) return;
    this.partitions[partition] = { ...record, wanted };
  }
}
