import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { startTestMongod } from '../support/mongod.ts';
import { copyDependencies, installClient, installTestKit } from '../support/packed-client.ts';
import { listen } from '../support/raw-server.ts';
import { allVectors } from '../unit/client/receiver/vectors.ts';
import { mustRunAllRuntimes, runsOnRuntimes } from './on-demand.ts';
import { FaultyFront } from './runtimes/faulty-front.ts';
import { findRuntimes, type Runtime } from './runtimes/runtimes.ts';
import type { ProgramResults, RuntimeSettings } from './runtimes/settings.ts';
import { runHost } from './runtimes/start-host.ts';

/*
 * The packed client and test kit on each runtime, against a real server. The programs of `runtimes/programs/` are the same
 * everywhere, and so are their results.
 */

const hosts = fileURLToPath(new URL('./runtimes/hosts/', import.meta.url));
const found = runsOnRuntimes ? findRuntimes() : [];

let folder = '';
const opened: AsyncDisposable[] = [];
const runs = new Map<string, Promise<PromiseSettledResult<ProgramResults>>>();

beforeAll(async () => {
  if (!runsOnRuntimes) return;
  folder = await mkdtemp(join(tmpdir(), 'tocsin-runtimes-'));
  const [scene] = await Promise.all([openScene(), prepareFolder()]);
  for (const { runtime, program } of found) {
    if (program === undefined) continue;
    const settings = await scene.toSettings(runtime);
    runs.set(runtime.name, settled(runHost(runtime, { program, folder, settings })));
  }
});

afterAll(async () => {
  await Promise.all(runs.values());
  for (const each of opened) await each[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a server, and the same behind faults. Each runtime has an app and a database of its own. */
async function openScene() {
  const mongod = await startTestMongod();
  opened.unshift(mongod);
  const app = await startTestApp({ mongoUri: mongod.uri });
  opened.unshift(app);
  const front = await FaultyFront.start(app.url);
  opened.unshift(front);
  const closed = await listen();
  await closed[Symbol.asyncDispose]();
  return {
    toSettings: async ({ name }: Runtime): Promise<RuntimeSettings> => {
      const id = name.toLowerCase().replace(' ', '_');
      return {
        url: app.url,
        frontUrl: front.urlFor(id),
        refusedUrl: `http://127.0.0.1:${closed.port}`,
        token: (await app.createKey()).key,
        appId: await app.createApp(),
        mongoUri: mongod.uri.replace('?', `${id}?`),
        vectors: allVectors,
      };
    },
  };
}

/** Installs the packed client, and writes one file for each host. */
async function prepareFolder(): Promise<void> {
  await installClient(inject('clientTarball'), folder);
  await installTestKit(folder);
  await copyDependencies(['@trpc/client', '@trpc/server', 'mongodb'], folder);
  const options = {
    outdir: folder,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  } as const;
  const names = ['node', 'bun', 'deno', 'workerd'];
  await build({
    ...options,
    entryPoints: names.map((name) => join(hosts, `${name}.ts`)),
    outExtension: { '.js': '.mjs' },
    packages: 'external',
  });
  // workerd has no node_modules.
  await build({ ...options, entryPoints: [join(folder, 'workerd.mjs')], conditions: ['workerd', 'worker'] });
}

/** A run may fail before its test awaits it. */
async function settled<T>(run: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([run]);
  return result;
}

const received = {
  deliveries: 4,
  received: Object.fromEntries(
    ['/standard', '/ed25519', '/authforge', '/authon'].map((path) => [path, 'Zoë 🦊']),
  ),
  forged: [401, 401, 401, 401],
};

const errors = {
  unauthenticated: 'UNAUTHENTICATED, permanent, sent',
  tokenThrows: 'TOKEN_UNAVAILABLE, permanent, unsent',
  refusedPort: 'NETWORK, retryable, unsent',
  reset: 'NETWORK, retryable, sent',
  timeout: 'TIMEOUT, retryable, sent',
  aborted: 'ABORTED, permanent, sent',
  redirect: 'BAD_RESPONSE, permanent, sent',
  noServer: 'BAD_RESPONSE, permanent, sent',
  ofBigint: 'INVALID_INPUT, permanent, unsent',
  ofWrong: 'INVALID_INPUT, permanent, sent',
  ofNonsense: 'INVALID_INPUT, permanent, sent',
  closed: 'CLOSED, permanent, sent',
};

/** The results on every runtime. */
const expected = {
  publish: {
    deliveries: 0,
    isRepeated: true,
    text: 'one ✓',
    many: 300,
    refused: ['FORBIDDEN'],
    isInOrder: true,
    stored: 50,
  },
  causeErrors: errors,
  retry: { stored: 1, isSame: true, wasRetried: true },
  subscribe: { received: 40, missing: [], isInOrder: true, reconnects: 2 },
  verifyVectors: { checked: 19, wrong: [], code: 'TIMESTAMP_OLD' },
  checkCatalog: {
    problem: 'INVALID_INPUT: invoice.paid: data.amount: Invalid input: expected int, received number',
    type: 'user.register',
    withDefault: 'EUR',
    builtIn: false,
    jsonSchema: 'object',
    twice: 'TypeError',
  },
  callOverTrpc: { deliveries: 0, stored: 1, code: 'INVALID_INPUT' },
};

const outbox = { aborted: 'Error: aborted', published: ['committed'] };
const testKit = {
  answers: [503, 'timeout', 'reset', 200, 200],
  at: '2026-01-01T00:35:15.000Z',
  data: { invoiceId: 'inv_1', amount: 4200 },
  duringOutage: 'NETWORK',
  alone: [200, 200, 401, 401],
};

const withFetch = { 'receive with fetch': received };
const withNode = { 'receive with node': received, publishFromOutbox: outbox, testWithKit: testKit };

const expectedOn: Readonly<Record<Runtime['host'], ProgramResults>> = {
  node: { ...expected, ...withNode },
  bun: { ...expected, ...withFetch, ...withNode },
  deno: { ...expected, ...withFetch, ...withNode },
  workerd: {
    ...expected,
    ...withFetch,
    // `fetch` of workerd fails in the same way for a refused and for a lost connection.
    causeErrors: { ...errors, refusedPort: 'NETWORK, retryable, sent' },
    concurrentRequests: ['published'],
  },
};

describe('the packed client', () => {
  it.runIf(!runsOnRuntimes)('runs on other runtimes where TEST_RUNTIMES is set', ({ skip }) =>
    skip('TEST_RUNTIMES is not set'),
  );

  it.for(found)('runs on $runtime.name', async ({ runtime: { name, host }, problem }, { skip }) => {
    if (problem !== undefined && !mustRunAllRuntimes) skip(problem);
    expect(problem).toBeUndefined();
    expect(await runs.get(name)).toEqual({ status: 'fulfilled', value: expectedOn[host] });
  });
});
