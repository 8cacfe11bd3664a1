import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Paths of programs and modules, bundled from the sources of this run, by the paths of their sources. */
    bundles: Readonly<Record<string, string>>;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What tests start as a process, or import in one. */
const sources = [
  'server/src/main.ts',
  'server/src/cli/main.ts',
  'server/src/embedded/data-dir-lock.ts',
  'server/src/embedded/mongod.ts',
  'test/support/migrating-process.ts',
  'test/support/outbox-service.ts',
];

/** Packages that find files by their own path, and those that mongodb looks for and does without. */
const external = [
  '@fastify/static',
  '@fastify/swagger-ui',
  'mongodb-memory-server-core',
  'tsx',
  '@aws-sdk/credential-providers',
  '@mongodb-js/zstd',
  'aws4',
  'gcp-metadata',
  'kerberos',
  'mongodb-client-encryption',
  'snappy',
  'socks',
];

/** Bundled packages that are CommonJS call `require`. */
const defineRequire =
  "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);";

/**
 * Bundles what tests start as a process. A process that starts from the sources transforms and resolves several hundred
 * modules, which takes more than a second of CPU. One that finds its packages as separate files takes twice the time of
 * a bundle.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cache = join(root, 'server/.cache');
  await mkdir(cache, { recursive: true });
  // In the package, so that it finds the dependencies of the package.
  const folder = await mkdtemp(join(cache, 'test-server-'));
  await build({
    absWorkingDir: root,
    entryPoints: sources,
    outbase: root,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@tocsin/source'],
    external,
    banner: { js: defineRequire },
    plugins: [keepModuleUrls],
    logLevel: 'error',
  });
  const toBundle = (source: string) => join(folder, source.replace(/\.ts$/, '.mjs'));
  project.provide('bundles', Object.fromEntries(sources.map((source) => [source, toBundle(source)])));
  return () => rm(folder, { recursive: true, force: true });
}

/** Modules find files by their own URL, which stays that of the source. */
const keepModuleUrls: Plugin = {
  name: 'keep-module-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};
