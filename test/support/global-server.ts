import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the server's program, bundled from the sources of this run. */
    serverProgram: string;
  }
}

const server = fileURLToPath(new URL('../../server', import.meta.url));

/**
 * Bundles the server for tests that start it as a process. A process that starts from the sources transforms and
 * resolves several hundred modules, which takes most of a second of CPU.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cache = join(server, '.cache');
  await mkdir(cache, { recursive: true });
  // In the package, so that it finds the dependencies of the package.
  const folder = await mkdtemp(join(cache, 'test-server-'));
  const outfile = join(folder, 'main.mjs');
  await build({
    entryPoints: [join(server, 'src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    conditions: ['@tocsin/source'],
    plugins: [keepModuleUrls],
    logLevel: 'error',
  });
  project.provide('serverProgram', outfile);
  return () => rm(folder, { recursive: true, force: true });
}

/** Modules find files by their own URL, which stays that of the source. */
const keepModuleUrls: Plugin = {
  name: 'keep-module-urls',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]server[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};
