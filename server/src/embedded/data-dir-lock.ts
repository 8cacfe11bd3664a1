import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce, errorCode } from './create-file-once.ts';
import { pollUntil } from './poll-until.ts';
import { identifyProcess } from './running-process.ts';

/*
 * One server process per DATA_DIR. The lock is a file that names its owner:
 *
 *   free    no `server.lock`; it is created whole, by one process only.
 *   held    its pid runs and is the same process as then: everyone else is refused.
 *   stale   its owner is gone. To replace it a process first takes `server.lock.takeover`, reads the lock again, and
 *           only when it is still the stale one renames its own over it. So of several that find a stale lock one
 *           wins, and none removes the lock of the winner.
 */

export interface DataDirLock extends AsyncDisposable {
  readonly path: string;
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly process: string;
  /** Tells this lock from a later one of the same process. */
  readonly token: string;
}

export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';
  readonly code = 'DATA_DIR_IN_USE';
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`${dataDir} is in use by another Tocsin server, process ${pid}: stop it, or set another DATA_DIR`);
    this.pid = pid;
  }
}

// A take-over is a read and a rename. This is only reached when its process is stopped in the middle of them.
const takeoverWithinMs = 5_000;

/** Throws a DataDirInUseError (`code` DATA_DIR_IN_USE) when a live process has the folder. Creates the folder. */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const folder = await realpath(dataDir);
  const path = join(folder, 'server.lock');
  const mine: Owner = {
    pid: process.pid,
    process: (await identifyProcess(process.pid)) ?? 'unknown',
    token: randomUUID(),
  };

  const tryOnce = async (): Promise<true | undefined> => {
    if (await createFileOnce(path, JSON.stringify(mine))) return true;
    const owner = await readOwner(path);
    if (owner === undefined) return undefined;
    if (await isRunning(owner)) throw new DataDirInUseError(folder, owner.pid);
    return (await takeOver(path, owner, mine)) ? true : undefined;
  };
  const limit = AbortSignal.timeout(takeoverWithinMs);
  await pollUntil(tryOnce, { everyMs: 10, signal: limit }).catch((error: unknown) => {
    if (error !== limit.reason) throw error;
    throw new Error(`${path} is stale, and another process has been replacing it for too long`);
  });

  const release = async () => {
    const owner = await readOwner(path);
    if (owner?.token === mine.token) await rm(path, { force: true });
  };
  return { path, release, [Symbol.asyncDispose]: release };
}

async function takeOver(path: string, stale: Owner, mine: Owner): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await createFileOnce(guard, JSON.stringify(mine)))) {
    const holder = await readOwner(guard);
    if (holder !== undefined && !(await isRunning(holder))) await rm(guard, { force: true });
    return false;
  }
  try {
    const current = await readOwner(path);
    if (current?.token !== stale.token) return false;
    const draft = `${path}.${mine.token}`;
    await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
    await rename(draft, path);
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

async function isRunning(owner: Owner): Promise<boolean> {
  const found = await identifyProcess(owner.pid);
  if (found === undefined) return false;
  return found === 'unknown' || owner.process === 'unknown' || found === owner.process;
}

/** Undefined when there is no file. One that cannot be read as a lock belongs to nobody: pid 0 never runs. */
async function readOwner(path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  return parseOwner(text) ?? { pid: 0, process: 'unreadable', token: text };
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('pid' in value && 'process' in value && 'token' in value)) return undefined;
    const { pid, process, token } = value;
    if (typeof pid !== 'number' || typeof process !== 'string' || typeof token !== 'string') return undefined;
    return { pid, process, token };
  } catch {
    return undefined;
  }
}
