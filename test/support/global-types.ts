import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiler } from './compilers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Type tests use the declarations of the packages, which a fresh clone has not built yet. */
export function setup(): void {
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-b'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the types were not built:\n${stdout}`);
}
