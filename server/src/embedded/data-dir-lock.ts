import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce, errorCode } from './create-file-once.ts';
import { StartError } from '../startup/start-error.ts';
import { pollUntil } from './poll-until.ts';
import { identifyProcess } from './running-process.ts';

/*
 * One server process per DATA_DIR. The file `server.lock` names its owner:
 *
 *   free    The file does not exist. One process can create it, atomically.
 *   locked  The owner is running. Other processes fail to lock.
 *   stale   The owner has exited. To replace the file, a process first creates `server.lock.takeover`, reads
 *           the lock again and renames its own file over it only if it is still the same stale one. If
 *           several processes find a stale lock, one wins, and none removes the lock of the winner.
 */

export interface DataDirLock extends AsyncDisposable {
  readonly path: string;
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly process: string;
  /** Distinguishes this lock from later ones of the same process. */
  readonly token: string;
}

export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';
  readonly code = 'DATA_DIR_IN_USE';
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`${dataDir} is in use by another Tocsin server (process ${pid}). Stop it or set another DATA_DIR.`);
    this.pid = pid;
  }
}

// A takeover is a read and a rename. It only takes this long if its process is suspended in between.
const takeoverTimeoutMs = 5_000;

/**
 * Locks the folder for this process and creates it if it is missing.
 *
 * @throws DataDirInUseError (`code` DATA_DIR_IN_USE) if a running process has locked it.
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const folder = await realpath(dataDir);
  const path = join(folder, 'server.lock');
  const self: Owner = {
    pid: process.pid,
    process: (await identifyProcess(process.pid)) ?? 'unknown',
    token: randomUUID(),
  };

  const tryOnce = async (): Promise<true | undefined> => {
    if (await createFileOnce(path, JSON.stringify(self))) return true;
    const owner = await readOwner(path);
    if (owner === undefined) return undefined;
    if (await isRunning(owner)) throw new DataDirInUseError(folder, owner.pid);
    return (await takeOver(path, owner, self)) ? true : undefined;
  };
  const timeout = AbortSignal.timeout(takeoverTimeoutMs);
  await pollUntil(tryOnce, { everyMs: 10, signal: timeout }).catch((error: unknown) => {
    if (error !== timeout.reason) throw error;
    throw new StartError(
      `another process is replacing the stale lock ${path}; start again, or delete the file`,
    );
  });

  const release = async () => {
    const owner = await readOwner(path);
    if (owner?.token === self.token) await rm(path, { force: true });
  };
  return { path, release, [Symbol.asyncDispose]: release };
}

async function takeOver(path: string, stale: Owner, self: Owner): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!(await createFileOnce(guard, JSON.stringify(self)))) {
    const other = await readOwner(guard);
    if (other !== undefined && !(await isRunning(other))) await rm(guard, { force: true });
    return false;
  }
  try {
    const current = await readOwner(path);
    if (current?.token !== stale.token) return false;
    const draft = `${path}.${self.token}`;
    await writeFile(draft, JSON.stringify(self), { mode: 0o600 });
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

/**
 * Returns undefined if there is no file. An unreadable lock gets pid 0, which never runs, so that it counts
 * as stale.
 */
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
