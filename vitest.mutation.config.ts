import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * The tests of one mutation run, which `scripts/mutation.mjs` starts. Stryker runs them in a copy of the
 * repository whose node_modules still links the workspaces to the original, so the packages are resolved by
 * path here. Without that, a test would import the source without the mutant.
 */
const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const alias = [
  { find: /^@tocsin\/shared$/, replacement: source('shared/src/index.ts') },
  { find: /^@tocsin\/client$/, replacement: source('client/src/index.ts') },
  { find: /^@tocsin\/client\/receiver$/, replacement: source('client/src/receiver/index.ts') },
  { find: /^@tocsin\/client\/catalog$/, replacement: source('client/src/catalog.ts') },
  { find: /^@tocsin\/client\/trpc$/, replacement: source('client/src/trpc.ts') },
  { find: /^@tocsin\/client\/schemas$/, replacement: source('client/src/schemas.ts') },
  { find: /^@tocsin\/server\/api$/, replacement: source('server/src/transport/trpc/api.ts') },
  { find: /^@tocsin\/testing$/, replacement: source('server/testing/src/index.ts') },
  { find: /^@tocsin\/testing\/vitest$/, replacement: source('server/testing/src/vitest.ts') },
];

// `as`: it is what the script wrote.
const tests = JSON.parse(process.env['MUTATION_TESTS'] ?? '[]') as string[];
const needsMongod = process.env['MUTATION_MONGOD'] === 'true';

export default defineConfig({
  resolve: { alias, conditions: ['@tocsin/source'] },
  ssr: { resolve: { conditions: ['@tocsin/source'] } },
  test: {
    include: tests,
    // As in vitest.config.ts; a run of one mutant loads the modules once, not once per file.
    isolate: false,
    setupFiles: ['test/support/fail-on-console.ts'],
    globalSetup: needsMongod ? ['test/support/global-mongod.ts', 'test/support/global-server.ts'] : [],
    // Below the timeout of Stryker, which has to start a new process after one.
    testTimeout: needsMongod ? 60_000 : 30_000,
    hookTimeout: 60_000,
  },
});
