import type { ProcessIdentity, ProcessRecord, ProcessStore } from '../../../../src/domain/ports/ownership.ts';
import type { Clock } from '../../../../src/domain/ports/runtime.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { insertNew } from '../read-map.ts';

export class MemoryProcessStore implements ProcessStore {
  readonly #processes: MemoryConfig['processes'];
  readonly #clock: Clock;

  /** @param clock - the one that leases end by, for all processes */
  constructor({ processes }: Pick<MemoryConfig, 'processes'>, clock: Clock) {
    this.#processes = processes;
    this.#clock = clock;
  }

  async register(id: string, identity: ProcessIdentity, leaseMs: number, changeSeen: number): Promise<void> {
    const until = this.#clock.now() + leaseMs;
    const { instance, host, pidNamespace, pid, pidStart, sends } = identity;
    const kept = { instance, host, pidNamespace, pid, pidStart, sends };
    insertNew(this.#processes, id, { ...kept, id, state: 'live', until, beats: 0, changeSeen });
  }

  async heartbeat(id: string, leaseMs: number, changeSeen: number): Promise<boolean> {
    return this.#change(id, (process) =>
      process.state === 'fenced'
        ? undefined
        : {
            until: this.#clock.now() + leaseMs,
            beats: process.beats + 1,
            changeSeen: Math.max(process.changeSeen, changeSeen),
          },
    );
  }

  async startDraining(id: string): Promise<void> {
    this.#change(id, ({ state }) => (state === 'live' ? { state: 'draining' } : undefined));
  }

  async reportChangeSeen(id: string, changeSeen: number): Promise<void> {
    this.#change(id, (process) => ({ changeSeen: Math.max(process.changeSeen, changeSeen) }));
  }

  async fence(id: string, beats: number | undefined): Promise<boolean> {
    if (beats === undefined && !this.#processes.has(id)) {
      this.#processes.set(id, { ...unknownProcess, id });
      return true;
    }
    return this.#change(id, (process) =>
      process.state === 'fenced' || (beats ?? process.beats) !== process.beats
        ? undefined
        : { state: 'fenced' },
    );
  }

  async remove(id: string): Promise<void> {
    this.#processes.delete(id);
  }

  async removeFenced(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (this.#processes.get(id)?.state === 'fenced') this.#processes.delete(id);
  }

  /** Returns whether there was something to change. */
  #change(id: string, toChange: (process: ProcessRecord) => Partial<ProcessRecord> | undefined): boolean {
    const process = this.#processes.get(id);
    const change = process === undefined ? undefined : toChange(process);
    if (process === undefined || change === undefined) return false;
    this.#processes.set(id, { ...process, ...change });
    return true;
  }
}

/** A process that was fenced before it registered, so that it never can. */
const unknownProcess: Omit<ProcessRecord, 'id'> = {
  instance: null,
  host: 'unknown',
  pidNamespace: 'unknown',
  pid: 0,
  pidStart: null,
  sends: false,
  state: 'fenced',
  until: 0,
  beats: 0,
  changeSeen: 0,
};
