import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStep, StepError } from './run-step.ts';

/** Runs npm in `folder` and returns its output. */
export function npm(folder: string, ...args: readonly string[]): string {
  return runStep(`npm ${args.filter((arg) => !arg.startsWith('-')).join(' ')}`, folder, 'npm', args);
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
    if (packed === undefined) throw new StepError(`npm pack printed ${output}`);
    return join(destination, packed.filename);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
