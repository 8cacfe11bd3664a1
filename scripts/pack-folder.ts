import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** npm is a batch file on Windows, which needs a shell. */
const shell = process.platform === 'win32';

/** Runs npm in `folder` and returns its output. Errors of npm appear on the terminal. */
export function npm(folder: string, ...args: readonly string[]): string {
  const stdio: ('ignore' | 'pipe' | 'inherit')[] = ['ignore', 'pipe', 'inherit'];
  return execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio, shell, maxBuffer: 64 * 2 ** 20 });
}

/**
 * Packs the files that `fill` writes into a temporary folder. The work tree stays as it is, whatever fails.
 *
 * @returns The path of the tarball in `destination`.
 */
export function packFolder(destination: string, fill: (stage: string) => void): string {
  const stage = mkdtempSync(join(tmpdir(), 'tocsin-pack-'));
  try {
    fill(stage);
    const output = npm(stage, 'pack', '--json', '--pack-destination', destination);
    // `as`: the format of npm pack --json.
    const [packed] = JSON.parse(output) as { filename: string }[];
    if (packed === undefined) throw new Error(`npm pack printed ${output}`);
    return join(destination, packed.filename);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
