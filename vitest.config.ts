import { defineConfig } from 'vitest/config';

/** Sources instead of builds, in every package: the condition that the workspaces export beside `dist`. */
const resolve = { conditions: ['@tocsin/source'] };
const ssr = { resolve };

const project = (name: string, options: object = {}) => ({
  resolve,
  ssr,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    setupFiles: ['test/support/fail-on-console.ts'],
    ...options,
  },
});

/** A wait that fails says after this time what it saw last. Long, so that a busy machine decides no test. */
const poll = { timeout: 20_000, interval: 20 };

/** Real databases and processes take their time on two cores; a test that hangs still has to end. */
const slow = { testTimeout: 60_000, hookTimeout: 120_000, expect: { poll } };
const slowest = { testTimeout: 180_000, hookTimeout: 120_000, expect: { poll } };

/** In CI, e2e tests run a second time if they fail. The summary of the run names them. */
const retry = (process.env['CI'] ?? '') === '' ? 0 : 1;

/**
 * Files of these projects share loaded modules, which saves most of the time before their first tests. No module
 * has state of its own.
 */
const shared = { isolate: false };

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    projects: [
      // Property tests run hundreds of cases, which takes more than the default 5 s on a busy machine.
      project('unit', { ...shared, testTimeout: 30_000 }),
      // The contracts of the stores run in the same project, so that each worker loads the modules once for both.
      project('integration', {
        ...slow,
        ...shared,
        include: ['test/contract/**/*.test.ts', 'test/integration/**/*.test.ts'],
      }),
      project('e2e', { ...slowest, ...shared, retry }),
      project('browser', { ...slowest, ...shared }),
      project('package', {
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      {
        resolve,
        ssr,
        test: {
          name: 'types',
          include: ['test/types/**/*.test-d.ts'],
          typecheck: {
            enabled: true,
            only: true,
            checker: 'node_modules/typescript-7/bin/tsc',
            include: ['test/types/**/*.test-d.ts'],
            // Without the other tests, which `npm run types` checks.
            tsconfig: 'test/types/tsconfig.json',
          },
        },
      },
    ],
    // One more than the two cores this is written for: much of a file's time is waiting, for leases and
    // elections. A fourth keeps both cores busy, and makes the run no shorter.
    maxWorkers: 3,
    // Each project transforms modules by itself. The cache lets the first one do it for all.
    experimental: { fsModuleCache: true },
  },
});
