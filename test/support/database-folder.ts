import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
const minFreeBytes = 8 * 1024 ** 3;

/**
 * Creates an empty folder for the data of a database. In CI it is in memory if there is room, because each
 * test app creates about a hundred files. Elsewhere an interrupted run would leave its data in memory.
 */
export async function createDatabaseFolder(name: string): Promise<string> {
  const isInMemory = (process.env['CI'] ?? '') !== '' && (await findFreeBytes(memory)) >= minFreeBytes;
  return await mkdtemp(join(isInMemory ? memory : tmpdir(), `tocsin-${name}-`));
}

async function findFreeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
