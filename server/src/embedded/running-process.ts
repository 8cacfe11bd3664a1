import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Returns an identifier that distinguishes a process from a later one with the same pid: the boot id and the
 * start time. Returns 'unknown' on systems without /proc (macOS), and undefined if no such process is
 * running.
 */
export async function identifyProcess(pid: number): Promise<string | undefined> {
  if (!isExisting(pid)) return undefined;
  if (process.platform !== 'linux') return 'unknown';
  const stat = await readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return isExisting(pid) ? 'unknown' : undefined;
  // The second field is the program's name in parentheses and may contain spaces, so fields are counted from
  // its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has exited, but keeps its pid, in a container without an init process forever.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const boot = await readOrUndefined('/proc/sys/kernel/random/boot_id');
  return `${boot?.trim() ?? 'boot'}/${fields[19] ?? 'start'}`;
}

/** Returns the arguments joined by spaces, with a trailing space. Empty if the process has exited. */
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

function isExisting(pid: number): boolean {
  // Zero and negative numbers stand for process groups, including the group of this process.
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists, but belongs to another user.
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
