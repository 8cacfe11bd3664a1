import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Returns an identifier of the PID namespace: two processes with the same identifier and the same pid cannot
 * be alive at the same time. A host name is not enough, because containers and machines can share it, and
 * each container starts with pid 1. On Linux the identifier is the boot id and the number of the PID
 * namespace. The kernel reuses a number only after all processes of its namespace have exited.
 */
export function pidNamespace(): string {
  if (process.platform !== 'linux') return hostname();
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // A namespace of its own, so that this process never takes over leases of live processes. The leases of a
    // dead process become free when they expire.
    return randomUUID();
  }
}

/**
 * Returns the start of a running process, which distinguishes it from a later one with the same pid. Null on
 * systems without /proc.
 */
export function identifyStart(pid: number): string | null {
  return readStat(pid)?.start ?? null;
}

/**
 * Whether a process of this namespace runs.
 *
 * @param start - From `identifyStart`. Null: any process with the pid.
 */
export function isAlive(pid: number, start: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const stat = readStat(pid);
  if (stat === undefined) return true;
  // A zombie has exited, but keeps its pid until its parent asks for its exit code.
  return !stat.hasExited && (start === null || stat.start === start);
}

function readStat(pid: number): { readonly hasExited: boolean; readonly start: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may contain spaces, so fields are counted from
    // its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { hasExited: fields[0] === 'Z' || fields[0] === 'X', start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
