import type { OwnershipView, ProcessIdentity, ProcessRecord } from '../../domain/ports/ownership.ts';

export interface DeadProcess {
  readonly id: string;
  /** What the fence depends on: see `ProcessStore.fence`. */
  readonly condition: 'expired' | 'always';
}

export interface FindDeadOptions {
  readonly id: string;
  readonly self: ProcessIdentity;
  /** Whether this process has just started, and so replaces the one that had its INSTANCE. */
  readonly isStarting: boolean;
  /** Whether this process may conclude from an expired lease that its process is dead. */
  readonly canFenceExpired: boolean;
  /** Whether a process of the same PID namespace runs. */
  isAlive(pid: number, pidStart: string | null): boolean;
}

/** Returns the processes to fence. */
export function findDead(view: OwnershipView, options: FindDeadOptions): DeadProcess[] {
  const dead: DeadProcess[] = [];
  for (const process of view.processes) {
    if (process.id === options.id || process.state === 'fenced') continue;
    if (isKnownDead(process, options)) dead.push({ id: process.id, condition: 'always' });
    else if (options.canFenceExpired && process.until < view.now) {
      dead.push({ id: process.id, condition: 'expired' });
    }
  }
  // Owners that were removed, such as a process whose last write arrived after its removal.
  const known = new Set([options.id, ...view.processes.map(({ id }) => id)]);
  const owners = new Set(view.partitions.map(({ owner }) => owner));
  for (const owner of owners) {
    if (owner !== null && !known.has(owner)) dead.push({ id: owner, condition: 'always' });
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
