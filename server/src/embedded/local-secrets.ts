import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce, errorCode } from './create-file-once.ts';

export interface LocalSecret {
  readonly value: string;
  readonly path: string;
  /** True when this call made it: the time to tell a person where it is. */
  readonly isNew: boolean;
}

/**
 * A secret that nobody configured (`root-token`, `encryption-key`): kept in a file only its owner can read, made by
 * `create` on the first start. Two processes that start at once get the same one.
 */
export async function loadOrCreateLocalSecret(
  dataDir: string,
  name: string,
  create: () => string,
): Promise<LocalSecret> {
  const path = join(dataDir, name);
  const stored = await readSecret(path);
  if (stored !== undefined) return { value: stored, path, isNew: false };

  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const value = create();
  if (await createFileOnce(path, `${value}\n`)) return { value, path, isNew: true };

  const theirs = await readSecret(path);
  if (theirs === undefined) throw new Error(`${path} was removed while it was being read`);
  return { value: theirs, path, isNew: false };
}

async function readSecret(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new Error(`cannot read the secret in ${path}`, { cause: error });
  }
  const value = text.trim();
  // A new secret in its place would make everything that was encrypted with the old one unreadable.
  if (value === '') throw new Error(`${path} is empty: restore it, or delete it to have a new one made`);
  return value;
}
