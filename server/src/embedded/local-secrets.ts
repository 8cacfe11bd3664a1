import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce, errorCode } from './create-file-once.ts';
import { StartError } from '../startup/start-error.ts';

export interface LocalSecret {
  readonly value: string;
  readonly path: string;
  /** Whether this call created it. */
  readonly isNew: boolean;
}

/**
 * Loads a secret that is not configured (`root-token`, `encryption-key`) from a file that only its owner can
 * read. Creates it with `create` on the first start. Two processes that start at the same time get the same
 * secret.
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

  const other = await readSecret(path);
  if (other === undefined) throw new StartError(`${path} was removed while it was read; start again`);
  return { value: other, path, isNew: false };
}

async function readSecret(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    const reason = `cannot read the secret in ${path} (${String(errorCode(error))})`;
    throw new StartError(`${reason}; make it readable for this user only (chmod 600)`, { cause: error });
  }
  const value = text.trim();
  // Fails, because a new secret could not decrypt anything that the old one encrypted.
  if (value === '')
    throw new StartError(`${path} is empty. Restore it, or delete it to generate a new secret.`);
  return value;
}
