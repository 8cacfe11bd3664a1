import type { OwnershipView, ProcessIdentity, ProcessRecord } from '../../domain/ports/ownership.ts';

export interface DeadProcess {
  readonly id: string;
  /** Its last heartbeat, which the fence compares. Undefined: it has certainly exited. */
  readonly beats: number | undefined;
}

export interface FindDeadOptions {
  readonly id: string;
  readonly self: ProcessIdentity;
  /** Whether this process has just started, and so replaces the one that had its INSTANCE. */
  readonly isStarting: boolean;
  /** Whether a process has sent no heartbeat for so long that its lease is over. */
  isSilent(process: ProcessRecord): boolean;
  /** Whether a process of the same PID namespace runs. */
  isAlive(pid: number, pidStart: string | null): boolean;
}

/** Returns the processes to fence. */
export function findDead(view: OwnershipView, options: FindDeadOptions): DeadProcess[] {
  const dead: DeadProcess[] = [];
  for (const process of view.processes) {
    if (process.id === options.id || process.state === 'fenced') continue;
    if (isKnownDead(process, options)) dead.push({ id: process.id, beats: undefined });
    else if (options.isSilent(process)) dead.push({ id: process.id, beats: process.beats });
  }
  // Owners that were removed, such as a process whose last write arrived after its removal.
  const known = new Set([options.id, ...view.processes.map(({ id }) => id)]);
  const owners = new Set(view.partitions.map(({ owner }) => owner));
  for (const owner of owners) {
    if (owner !== null && !known.has(owner)) dead.push({ id: owner, beats: undefined });
  }
  return dead;
}

/** Whether a process is dead even if its lease has not expired. */
function isKnownDead(process: ProcessRecord, { self, isStarting, isAlive }: FindDeadOptions): boolean {
  if (isStarting && self.instance !== null && process.instance === self.instance) return true;
  if (process.pidNamespace !== self.pidNamespace) return false;
  // An earlier process with the pid of this one: in a container both are 1. Several apps can share a process.
  if (process.pid === self.pid) return process.pidStart !== self.pidStart;
  return !isAlive(process.pid, process.pidStart);
}
