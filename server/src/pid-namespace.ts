import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names the space in which a process id means one process: two processes with the same space and the same pid cannot be
 * alive at once. A host name does not say that. Containers can share it, and each begins with pid 1; machines can share
 * it too. On Linux a space is one start of the kernel and one pid namespace of it. A number of a namespace is given again
 * only when the namespace, and with it each of its processes, is gone.
 */
export function pidNamespace(): string {
  if (process.platform !== 'linux') return hostname();
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Nobody else is in it: what a dead process held is then free when its lease ends, and nothing is taken from the living.
    return randomUUID();
  }
}

/** Signal 0 asks only whether the process exists; EPERM means that it does and is somebody else's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
