import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cjsConsumer, esmConsumer, trpcCjsConsumer, trpcConsumer } from './consumers.ts';
import { bundledSize, feedChunks, subscriptionChunks } from './bundled-size.ts';
import { acmePackage, acmeService, acmeUser } from './own-events-consumers.ts';
import { isFullRun } from './on-demand.ts';
import { compiler, previousCompiler } from '../support/compilers.ts';
import { installClient } from '../support/packed-client.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const tarball = inject('clientTarball');

let folder = '';
/** The installed package, which has only the files of the tarball. */
let installed = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-package-'));
  installed = await installClient(tarball, folder);
  // The optional peers, which only the entry /trpc needs.
  await cp(join(root, 'node_modules/@trpc'), join(folder, 'node_modules/@trpc'), { recursive: true });
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly exports: Record<string, unknown>;
}

async function readManifest(path: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as Manifest;
}

/** Compiles a fixture like a user of the package. Returns the output of the compiler. */
async function compile(
  name: string,
  sources: Record<string, string>,
  options: object,
  tsc = compiler,
): Promise<string> {
  const project = join(folder, name);
  await mkdir(project, { recursive: true });
  for (const [file, source] of Object.entries(sources)) await writeFile(join(project, file), source);
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    outDir: 'out',
    rootDir: '.',
    ...options,
  };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: Object.keys(sources) }),
  );
  const { stdout } = await run(tsc, ['-p', project]).catch((error: { stdout: string }) => error);
  return stdout;
}

let nodeOutput: Promise<string> | undefined;
let bundlerOutput: Promise<string> | undefined;

/*
 * Most of a compilation is the check of the declarations of the package and of zod, so that the fixtures of one module
 * resolution share it.
 */

/** Compiles the fixtures that Node runs, and a team's own events with their declarations. */
function compileForNode(): Promise<string> {
  const sources = {
    'esm.mts': esmConsumer,
    'cjs.cts': cjsConsumer,
    'acme.ts': acmePackage,
    'service.ts': acmeService,
  };
  const options = { module: 'nodenext', declaration: true, composite: true };
  return (nodeOutput ??= compile('node', sources, options));
}

/** Compiles a user of the package, and a user of the declarations of the team's own events. */
async function compileForBundlers(): Promise<string> {
  await compileForNode();
  const sources: Record<string, string> = { 'main.ts': esmConsumer, 'acme-user.ts': acmeUser };
  for (const name of ['acme.d.ts', 'service.d.ts']) {
    sources[name] = await readFile(join(folder, 'node/out', name), 'utf8');
  }
  const options = { module: 'preserve', moduleResolution: 'bundler', verbatimModuleSyntax: true };
  return await (bundlerOutput ??= compile('bundler', sources, options));
}

/** Runs a compiled fixture against a server with responses like Tocsin's. */
async function runFixture(file: string): Promise<unknown> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const data = request.url?.includes('publishMany')
        ? (JSON.parse(text) as { events: { appId: string }[] }).events.map(({ appId }) =>
            appId === 'reject'
              ? { ok: false, code: 'FORBIDDEN', message: 'no such app', retryable: false }
              : { ok: true, id: 'evt_1', deliveries: 3 },
          )
        : { items: [{ id: 'dlv_1' }], nextCursor: null };
      response.end(JSON.stringify({ result: { data } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = `import(${JSON.stringify(file)}).then((module) => (module.main ?? module.default.main)(${JSON.stringify(url)}))`;
  try {
    const { stdout } = await run('node', ['-e', script], { cwd: folder });
    return JSON.parse(stdout);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const expectedResult = {
  id: 'evt_1',
  deliveries: 3,
  code: 'FORBIDDEN',
  handled: 'license.validated',
  rejected: 'SIGNATURE_MISMATCH',
  types: 15,
  schema: false, // appId is missing, which only publishing allows
  isError: true,
  items: ['dlv_1'],
};

describe('the packed client', () => {
  it('contains the builds, the licenses and the readme, but no sources', async () => {
    const files = await readdir(installed);
    expect(files.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const built = await readdir(join(installed, 'dist'));
    expect(built.filter((name) => !/\.(js|cjs|d\.ts|d\.cts)$/.test(name))).toEqual([]);
  });

  it('has declarations with their documentation, and no maps to sources that it does not have', async () => {
    const names = await readdir(join(installed, 'dist'));
    const texts = await Promise.all(names.map((name) => readFile(join(installed, 'dist', name), 'utf8')));
    expect(names.filter((_name, index) => texts[index]?.includes('sourceMappingURL='))).toEqual([]);
    for (const ending of ['.d.ts', '.d.cts']) {
      const declarations = texts.filter((_text, index) => names[index]?.endsWith(ending)).join('\n');
      expect(declarations).toContain('/** Why the delivery has its status. Null for `delivered`. */');
      expect(declarations).toContain(
        '/** Cancels pending deliveries of a webhook, except those that are being sent. */',
      );
    }
  });

  it('has a manifest without references to the workspace', async () => {
    const text = await readFile(join(installed, 'package.json'), 'utf8');
    for (const word of ['@tocsin/source', '@tocsin/shared', '@tocsin/server', 'devDependencies', 'scripts']) {
      expect(text).not.toContain(word);
    }
    expect(Object.keys((await readManifest(installed)).dependencies)).toEqual(['zod']);
  });

  it('imports nothing but zod, in its builds and in its types, and optional peers in the entries for them', async () => {
    for (const name of await readdir(join(installed, 'dist'))) {
      const allowed = name.startsWith('trpc.')
        ? /^(zod|@trpc\/(client|server)(\/(observable|rpc))?)$/
        : name.startsWith('outbox.d.')
          ? /^(zod|mongodb)$/
          : /^zod$/;
      const text = await readFile(join(installed, 'dist', name), 'utf8');
      const imported = [...text.matchAll(/(?:\bfrom |\bimport\(|\brequire\()["']([^."'][^"']*)["']/g)].map(
        ([, what]) => what,
      );
      expect({ name, others: imported.filter((what) => !allowed.test(what ?? '')) }).toEqual({
        name,
        others: [],
      });
    }
  });

  it('passes publint', async () => {
    const { stdout } = await run(bin('publint'), ['--strict', tarball]);
    expect(stdout).toContain('All good!');
  });

  it('passes "are the types wrong" for ESM, CommonJS and bundlers', async () => {
    // The profile excludes node10, which does not support `exports`. attw exits with 1 on any finding.
    const { stdout } = await run(bin('attw'), [
      tarball,
      '--profile',
      'node16',
      '--no-definitely-typed',
      '--no-emoji',
    ]);
    expect(stdout).toContain('@tocsin/client/receiver');
  });

  it('compiles under nodenext as ESM and as CommonJS, and runs as both', async () => {
    expect(await compileForNode()).toBe('');
    expect(await runFixture(join(folder, 'node/out/esm.mjs'))).toEqual(expectedResult);
    expect(await runFixture(join(folder, 'node/out/cjs.cjs'))).toEqual(expectedResult);
  });

  it('compiles with the module resolution of bundlers', async () => {
    expect(await compileForBundlers()).toBe('');
  });

  it('compiles a client of @trpc/client with declarations, as ESM and as CommonJS, and runs as both', async () => {
    const sources = { 'esm.mts': trpcConsumer, 'cjs.cts': trpcCjsConsumer };
    // The declarations of @trpc/server use Disposable.
    const lib = ['es2022', 'dom', 'esnext.disposable'];
    expect(await compile('trpc', sources, { module: 'nodenext', declaration: true, lib })).toBe('');
    const declarations = await readFile(join(folder, 'trpc/out/esm.d.mts'), 'utf8');
    expect(declarations).toContain('AppRouter');
    expect(declarations).not.toMatch(/fastify|mongodb|@tocsin\/s|dist\//);
    const result = { id: 'evt_1', code: 'FORBIDDEN', items: ['dlv_1'] };
    expect(await runFixture(join(folder, 'trpc/out/esm.mjs'))).toEqual(result);
    expect(await runFixture(join(folder, 'trpc/out/cjs.cjs'))).toEqual(result);
  });

  it.skipIf(!isFullRun)(
    'compiles with the module resolution node10, which does not read `exports`',
    async () => {
      const lib = ['es2022', 'dom', 'esnext.disposable'];
      const options = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0', lib };
      const sources = {
        'main.ts': esmConsumer,
        'acme.ts': acmePackage,
        'service.ts': acmeService,
        'trpc.ts': trpcConsumer,
      };
      expect(await compile('node10', sources, options, previousCompiler)).toBe('');
    },
  );
});

describe('a team with its own events', () => {
  it('emits declarations of its catalog, its client and its receivers, without zod', async () => {
    expect(await compileForNode()).toBe('');
    for (const name of ['acme.d.ts', 'service.d.ts']) {
      const text = await readFile(join(folder, 'node/out', name), 'utf8');
      expect({ name, zod: /zod|dist\//i.test(text) }).toEqual({ name, zod: false });
    }
  });

  it.skipIf(!isFullRun)('emits the same with node10', async () => {
    const acme = { 'acme.ts': acmePackage, 'service.ts': acmeService };
    const declarations = { declaration: true, composite: true };
    const node10 = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' };
    expect(await compile('acme10', acme, { ...declarations, ...node10 }, previousCompiler)).toBe('');
    const text = await readFile(join(folder, 'acme10/out/acme.d.ts'), 'utf8');
    expect(text).not.toMatch(/zod|dist\//i);
  });

  describe.skipIf(!isFullRun)('can start from an example', () => {
    beforeAll(async () => {
      // Only its declarations are read.
      const testing = join(folder, 'node_modules/@tocsin/testing');
      const { stdout } = await run('node', ['--import', 'tsx', 'server/testing/scripts/pack.ts', folder], {
        cwd: root,
      });
      await mkdir(testing);
      await run('tar', ['-xzf', stdout.trim(), '-C', testing, '--strip-components=1']);
      // Links, whose packages find their own dependencies.
      for (const name of ['@types', 'express', 'lru-cache', 'mongodb', 'vitest']) {
        await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
      }
    });

    it.each(['own-events', 'shop', 'billing'])(
      '%s, with the settings of its own package',
      async (example) => {
        const project = join(folder, example);
        await cp(join(root, 'examples', example), project, { recursive: true });
        const { stdout } = await run(compiler, ['-p', project]).catch((error: { stdout: string }) => error);
        expect(stdout).toBe('');
      },
    );
  });

  it('is typed from those declarations alone', async () => {
    // The compiler names the file of each error.
    expect(await compileForBundlers()).toBe('');
  });
});

/**
 * What a program loads that imports one thing, bundled to one file. Only a subscription and the feed load more, when
 * they start.
 */
const budgets: readonly { readonly name: string; readonly entry: string; readonly kilobytes: number }[] = [
  // A quarter of a KB is how the outbox publishes its batches in order.
  { name: 'createTocsinClient', entry: '@tocsin/client', kilobytes: 10.25 },
  { name: 'verifyRaw', entry: '@tocsin/client/receiver', kilobytes: 2.5 },
  { name: 'verify', entry: '@tocsin/client/receiver', kilobytes: 5 },
  { name: 'fetchReceiver', entry: '@tocsin/client/receiver', kilobytes: 6 },
  { name: 'expressReceiver', entry: '@tocsin/client/receiver', kilobytes: 6 },
  { name: 'defineCatalog', entry: '@tocsin/client/catalog', kilobytes: 2.5 },
];

describe('the size of a bundle', () => {
  it.each(budgets)('with $name is at most $kilobytes KB, without zod', async ({ name, entry, kilobytes }) => {
    const later = [...subscriptionChunks, ...feedChunks];
    const size = await bundledSize(`export { ${name} } from '${entry}'`, folder, 'esm', later);
    expect(size.inputs.filter((input) => /zod/.test(input))).toEqual([]);
    expect(size.gzipped).toBeLessThanOrEqual(kilobytes * 1024);
  });

  it('with createTocsinClient and its subscription is at most 13.75 KB, without zod', async () => {
    const code = "export { createTocsinClient } from '@tocsin/client'";
    const size = await bundledSize(code, folder, 'esm', feedChunks);
    expect(size.inputs.filter((input) => /zod/.test(input))).toEqual([]);
    expect(size.inputs.some((input) => /reconnecting-stream/.test(input))).toBe(true);
    expect(size.gzipped).toBeLessThanOrEqual(13.75 * 1024);
  });

  it('with createTocsinClient, its subscription and the feed is at most 15.5 KB, without zod', async () => {
    const size = await bundledSize("export { createTocsinClient } from '@tocsin/client'", folder);
    expect(size.inputs.filter((input) => /zod/.test(input))).toEqual([]);
    expect(size.inputs.some((input) => /app-feed/.test(input))).toBe(true);
    expect(size.gzipped).toBeLessThanOrEqual(15.5 * 1024);
  });

  it('is hardly larger from CommonJS, of which bundlers drop nothing', async () => {
    for (const [entry, kilobytes] of [
      // A quarter of a KB is the frame of the chunks that the subscription shares with the feed.
      ['@tocsin/client', 14.8],
      ['@tocsin/client/receiver', 12],
      ['@tocsin/client/catalog', 3.5],
    ] as const) {
      const size = await bundledSize(`module.exports = require('${entry}')`, folder, 'cjs', feedChunks);
      expect({ entry, zod: size.inputs.filter((input) => /zod/.test(input)) }).toEqual({ entry, zod: [] });
      expect(size.gzipped).toBeLessThanOrEqual(kilobytes * 1024);
    }
  });

  it('with the zod schemas is at most 30 KB, nearly all of it zod', async () => {
    const size = await bundledSize("export { eventCatalog } from '@tocsin/client/schemas'", folder);
    expect(size.inputs.some((input) => /zod/.test(input))).toBe(true);
    expect(size.gzipped).toBeLessThanOrEqual(30 * 1024);
  });

  it('with tocsinLink and the client of @trpc/client is at most 16 KB, without zod', async () => {
    const code =
      "export { createTRPCClient } from '@trpc/client'; export { tocsinLink } from '@tocsin/client/trpc'";
    const size = await bundledSize(code, folder, 'esm', subscriptionChunks);
    expect(size.gzipped).toBeLessThanOrEqual(16 * 1024);
    expect(size.inputs.filter((input) => /zod/.test(input))).toEqual([]);
  });
});
