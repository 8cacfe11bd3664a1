import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPortFree, pickFreePort } from './ports.ts';

/**
 * Where a mongod listens. Stored next to its data, so that a later start can adopt a mongod that is still
 * running.
 */
export interface MongodAddress {
  readonly port: number;
  readonly replSet: string;
}

/**
 * Returns the requested port. For 0, returns the port of the last start if it is free, which avoids a
 * reconfiguration of the replica set, otherwise any free port.
 */
export async function choosePort(dbPath: string, requested: number): Promise<number> {
  if (requested !== 0) return requested;
  const last = await readAddress(dbPath);
  return last !== undefined && (await isPortFree(last.port)) ? last.port : pickFreePort();
}

/** Must be called before mongod starts, so that the address of a running mongod is always known. */
export async function writeAddress(dbPath: string, address: MongodAddress): Promise<void> {
  const draft = `${toAddressFile(dbPath)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(address), { mode: 0o600 });
  await rename(draft, toAddressFile(dbPath));
}

export async function readAddress(dbPath: string): Promise<MongodAddress | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(toAddressFile(dbPath), 'utf8'));
    if (typeof value !== 'object' || value === null || !('port' in value) || !('replSet' in value))
      return undefined;
    const { port, replSet } = value;
    return typeof port === 'number' && typeof replSet === 'string' ? { port, replSet } : undefined;
  } catch {
    // Missing on the first start. A corrupt file counts as missing.
    return undefined;
  }
}

function toAddressFile(dbPath: string): string {
  return join(dbPath, 'tocsin-mongod.json');
}
