import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Returns the SHA-256 of a file, in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The checksum of a file, and what shows cheaply that the file is still the same. */
interface ChecksumRecord {
  readonly sha256: string;
  readonly size: number;
  /** Time of the last change of the file's content, mode or name (`ctime`), which no program can set. */
  readonly changedAt: number;
}

/** Records the checksum of a file that was verified, next to it. */
export async function recordChecksum(path: string, sha256: string): Promise<void> {
  const record: ChecksumRecord = { sha256, ...(await identify(path)) };
  const draft = `${toRecordFile(path)}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o644 });
  await rename(draft, toRecordFile(path));
}

/**
 * Returns whether a file has the checksum that was recorded, or one of `known` if none was. Hashes the file
 * only if its size or time is another one than at the last check.
 */
export async function matchesChecksum(path: string, known: ReadonlySet<string>): Promise<boolean> {
  const record = await readRecord(path);
  const identity = await identify(path);
  if (record !== undefined && isSame(record, identity)) return true;
  const sha256 = await hashFile(path);
  const isExpected = record === undefined ? known.has(sha256) : record.sha256 === sha256;
  // Best effort: the cache may be read-only, and the next start can hash the file again.
  if (isExpected) await recordChecksum(path, sha256).catch(() => undefined);
  return isExpected;
}

type Identity = Omit<ChecksumRecord, 'sha256'>;

async function identify(path: string): Promise<Identity> {
  const { size, ctimeMs } = await stat(path);
  return { size, changedAt: ctimeMs };
}

function isSame(a: Identity, b: Identity): boolean {
  return a.size === b.size && a.changedAt === b.changedAt;
}

function toRecordFile(path: string): string {
  return `${path}.sha256.json`;
}

/** A missing or unreadable record counts as none. */
async function readRecord(path: string): Promise<ChecksumRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(toRecordFile(path), 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('sha256' in value && 'size' in value && 'changedAt' in value)) return undefined;
    const { sha256, size, changedAt } = value;
    const isValid = typeof sha256 === 'string' && typeof size === 'number' && typeof changedAt === 'number';
    return isValid ? { sha256, size, changedAt } : undefined;
  } catch {
    return undefined;
  }
}
