import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the client as it is published, packed from the sources of this run. */
    clientTarball: string;
  }
}

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Packs the client once, because the build takes longer than most tests of it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-packed-client-'));
  const { stdout } = await run('node', ['--import', 'tsx', 'client/scripts/pack.ts', folder], { cwd: root });
  project.provide('clientTarball', stdout.trim());
  return () => rm(folder, { recursive: true, force: true });
}
