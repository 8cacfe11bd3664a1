import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkMongod } from './check-mongod.ts';
import { errorCode } from './create-file-once.ts';
import { hashFile, matchesChecksum, recordChecksum } from './file-checksum.ts';

/**
 * The version to download, the same for all sources, because the data format depends on it. A machine can
 * then open its data whichever source it used.
 */
export const downloadVersion = '6.0.5';

/** `xdgCacheHome` is the value of XDG_CACHE_HOME. */
export function defaultCacheDir(xdgCacheHome?: string): string {
  const home = xdgCacheHome === undefined || xdgCacheHome === '' ? join(homedir(), '.cache') : xdgCacheHome;
  return join(home, 'tocsin');
}

export function cachedMongod(cacheDir: string): string {
  return join(cacheDir, `mongod-${downloadVersion}`, 'mongod');
}

/** The mongod of download-wheel.ts. Earlier versions put it into the cache without a checksum. */
const knownChecksums: ReadonlySet<string> = new Set([
  '268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8',
]);

/**
 * Returns the path of the cached mongod.
 *
 * @throws Error if there is none, or if it is not the one that was downloaded.
 */
export async function findCachedMongod(cacheDir: string): Promise<string> {
  const binary = cachedMongod(cacheDir);
  let isExpected: boolean;
  try {
    isExpected = await matchesChecksum(binary, knownChecksums);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new Error(`${binary} does not exist`, { cause: error });
    throw error;
  }
  if (isExpected) return binary;
  throw new Error(
    `${binary} does not have the SHA-256 of its download; to use it anyway, set MONGOD_BINARY to its path`,
  );
}

/**
 * Downloads a mongod into an empty folder, checks it and moves it into the cache. The move is an atomic
 * rename, so concurrent downloads do not disturb each other.
 */
export async function downloadIntoCache(
  cacheDir: string,
  download: (folder: string) => Promise<string>,
): Promise<string> {
  const target = cachedMongod(cacheDir);
  await mkdir(join(target, '..'), { recursive: true });
  const folder = await mkdtemp(join(cacheDir, 'download-'));
  try {
    const downloaded = await download(folder);
    await chmod(downloaded, 0o755);
    await checkMongod(downloaded);
    const sha256 = await hashFile(downloaded);
    await rename(downloaded, target);
    await recordChecksum(target, sha256);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
