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

/** Whether a process with this pid exists. EPERM means that it exists and belongs to another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
