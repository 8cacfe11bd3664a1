import { access, constants, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { StartError } from './start-error.ts';

/** Enough for the first files of mongod. A start that fills the disk would damage what is there. */
const defaultMinFreeBytes = 256 * 1024 * 1024;

export interface DataDirNeeds {
  /** @default 256 MiB */
  readonly minFreeBytes?: number;
}

/**
 * Creates DATA_DIR if it is missing, and checks that this process can use it.
 *
 * @throws StartError
 */
export async function checkDataDir(dataDir: string, needs: DataDirNeeds = {}): Promise<void> {
  const path = resolve(dataDir);
  try {
    await makeFolders(path);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartError(`DATA_DIR ${path} ${await toReason(error, path)}`, { cause: error });
  }
  const free = await readFreeBytes(path);
  const { minFreeBytes = defaultMinFreeBytes } = needs;
  if (free < minFreeBytes) {
    const inMegabytes = (bytes: number) => Math.floor(bytes / 1024 / 1024);
    throw new StartError(
      `the disk with DATA_DIR ${path} has only ${inMegabytes(free)} MB left; free at least ${inMegabytes(minFreeBytes)} MB, or set DATA_DIR to another disk`,
    );
  }
}

/** One level at a time: on file systems such as /proc, Node's recursive `mkdir` never ends. */
async function makeFolders(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolders(parent);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Another process has created it.
    if (!(await isFolder(path))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

async function toReason(failure: unknown, path: string): Promise<string> {
  const code = failure instanceof Error && 'code' in failure ? failure.code : undefined;
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'is a file, or is below one; set DATA_DIR to a folder';
  if (code === 'EROFS') return 'is on a read-only file system; set DATA_DIR to another folder';
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'is on a full disk; free some space';
  if (code !== 'EACCES' && code !== 'EPERM')
    return `cannot be used (${String(code)}); set DATA_DIR to another folder`;
  const uid = process.getuid?.();
  const owner = await findOwner(path);
  return owner === undefined || owner === uid
    ? `cannot be created or written by this user (uid ${uid}); change its permissions, or set another DATA_DIR`
    : `belongs to another user (uid ${owner}); start as that user, change its owner to uid ${uid}, or set another DATA_DIR`;
}

async function findOwner(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch {
    return undefined;
  }
}

/** Unlimited on file systems that do not report it. */
async function readFreeBytes(path: string): Promise<number> {
  const stats = await statfs(path).catch(() => undefined);
  return stats === undefined || stats.blocks === 0 ? Number.POSITIVE_INFINITY : stats.bavail * stats.bsize;
}
