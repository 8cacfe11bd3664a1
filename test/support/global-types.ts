import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compiler } from './compilers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Type tests use the declarations of the packages, which a fresh clone has not built yet. */
export async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, [compiler, '-b'], { cwd: root }).catch(
    ({ stdout }: { stdout: string }) => {
      throw new Error(`the types were not built:\n${stdout}`);
    },
  );
}
