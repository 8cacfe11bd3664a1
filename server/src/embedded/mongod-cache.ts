import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkMongod } from './check-mongod.ts';

/**
 * The one version that is fetched, whatever the source: the format of the data depends on it, so a machine that once
 * reached one source and once another must still open its data.
 */
export const fetchedVersion = '6.0.5';

/** `xdgCacheHome` is the variable of that name. */
export function defaultCacheDir(xdgCacheHome?: string): string {
  const home = xdgCacheHome === undefined || xdgCacheHome === '' ? join(homedir(), '.cache') : xdgCacheHome;
  return join(home, 'tocsin');
}

export function cachedMongod(cacheDir: string): string {
  return join(cacheDir, `mongod-${fetchedVersion}`, 'mongod');
}

/**
 * Lets `fetchInto` bring a mongod into an empty folder, checks it and moves it to its place in the cache. The move is
 * a rename within one file system, so of several that fetch at once each sees a whole file or none.
 */
export async function fetchIntoCache(
  cacheDir: string,
  fetchInto: (folder: string) => Promise<string>,
): Promise<string> {
  const target = cachedMongod(cacheDir);
  await mkdir(join(target, '..'), { recursive: true });
  const folder = await mkdtemp(join(cacheDir, 'fetching-'));
  try {
    const fetched = await fetchInto(folder);
    await chmod(fetched, 0o755);
    await checkMongod(fetched);
    await rename(fetched, target);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
