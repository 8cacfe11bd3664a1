import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What tells one process from a later one with the same pid: the boot and the start time within it. 'unknown' where
 * the system has no /proc (macOS); undefined when no such process runs.
 */
export async function identifyProcess(pid: number): Promise<string | undefined> {
  if (!canBeSignalled(pid)) return undefined;
  if (process.platform !== 'linux') return 'unknown';
  const stat = await readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return canBeSignalled(pid) ? 'unknown' : undefined;
  // The second field is the program's name in brackets and may hold spaces, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie still has its pid, and in a container without an init process it keeps it.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = await readOrUndefined('/proc/sys/kernel/random/boot_id');
  return `${boot?.trim() ?? 'boot'}/${fields[19] ?? 'start'}`;
}

/** The arguments joined by spaces, with one at the end; empty when the process is gone. */
export async function readCommandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const line = await readOrUndefined(`/proc/${pid}/cmdline`);
    return (line ?? '').replaceAll('\0', ' ');
  }
  try {
    const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
    return `${stdout.trim()} `;
  } catch {
    return '';
  }
}

function canBeSignalled(pid: number): boolean {
  // Zero and negative numbers name groups of processes, this one's among them.
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but it belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
