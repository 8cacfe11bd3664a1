import { randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';

/** Error codes of file systems without hard links, such as some shared folders. */
const noHardLinks: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP']);

/**
 * Creates the file atomically: other processes see no file or the whole content. Returns false if the file
 * already exists.
 */
export async function createFileOnce(path: string, content: string, mode = 0o600): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { mode, flag: 'wx', flush: true });
    await link(draft, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (noHardLinks.has(code)) return await createInPlace(path, content, mode);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

async function createInPlace(path: string, content: string, mode: number): Promise<boolean> {
  try {
    await writeFile(path, content, { mode, flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
