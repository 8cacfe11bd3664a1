import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkMongod } from './check-mongod.ts';

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
    await rename(downloaded, target);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
