import { defineConfig } from 'vitest/config';
import { WaitingFirst } from './test/support/waiting-first.ts';

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

/** Whether this run is of all tests, and not of the files or projects that its arguments name. */
const isWholeRun = process.argv
  .slice(2)
  .every((argument) => argument === 'run' || /^-(?!-project)/.test(argument));

const globalSetup = (...names: readonly string[]) => names.map((name) => `test/support/global-${name}.ts`);

/** Each with the setup that its tests need. */
const separate = [
  // Property tests run hundreds of cases, which takes more than the default 5 s on a busy machine.
  project('unit', { ...shared, testTimeout: 30_000 }),
  // The contracts of the stores run in the same project, so that each worker loads the modules once for both.
  project('integration', {
    ...slow,
    ...shared,
    include: ['test/contract/**/*.test.ts', 'test/integration/**/*.test.ts'],
    globalSetup: globalSetup('mongod', 'server'),
  }),
  project('browser', { ...slowest, ...shared, globalSetup: globalSetup('mongod', 'browser') }),
];

/** The same tests in one project: each project transforms and loads the modules of the server again. */
const together = [
  project('together', {
    ...slowest,
    ...shared,
    include: ['unit', 'contract', 'integration', 'browser'].map((name) => `test/${name}/**/*.test.ts`),
    globalSetup: globalSetup('mongod', 'server', 'browser'),
  }),
];

export default defineConfig({
  test: {
    sequence: { sequencer: WaitingFirst },
    projects: [
      ...(isWholeRun ? together : separate),
      project('e2e', { ...slowest, retry, globalSetup: globalSetup('server') }),
      project('package', {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        globalSetup: globalSetup('packed-client'),
      }),
      {
        resolve,
        ssr,
        test: {
          name: 'types',
          include: ['test/types/**/*.test-d.ts'],
          globalSetup: globalSetup('types'),
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
  },
});
