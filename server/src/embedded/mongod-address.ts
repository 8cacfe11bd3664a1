import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPortFree, pickFreePort } from './ports.ts';

/** Where a mongod listens. Kept beside its data: by it a later start finds one that was left running. */
export interface MongodAddress {
  readonly port: number;
  readonly replSet: string;
}

/**
 * The wanted port; without one that of the last start, which saves a change of the set's configuration; else a free
 * one.
 */
export async function choosePort(dbPath: string, wanted: number): Promise<number> {
  if (wanted !== 0) return wanted;
  const last = await readAddress(dbPath);
  return last !== undefined && (await isPortFree(last.port)) ? last.port : pickFreePort();
}

/** Written before mongod starts, so that there is no moment in which it runs and nobody knows where. */
export async function writeAddress(dbPath: string, address: MongodAddress): Promise<void> {
  const draft = `${fileIn(dbPath)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(address), { mode: 0o600 });
  await rename(draft, fileIn(dbPath));
}

export async function readAddress(dbPath: string): Promise<MongodAddress | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(fileIn(dbPath), 'utf8'));
    if (typeof value !== 'object' || value === null || !('port' in value) || !('replSet' in value))
      return undefined;
    const { port, replSet } = value;
    return typeof port === 'number' && typeof replSet === 'string' ? { port, replSet } : undefined;
  } catch {
    // Missing on the first start; a broken one is worth no more than a missing one.
    return undefined;
  }
}

function fileIn(dbPath: string): string {
  return join(dbPath, 'tocsin-mongod.json');
}
