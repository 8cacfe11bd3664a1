import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endWithParent } from '../support/end-with-parent.ts';
import { serviceProgram, serviceResult } from './service-program.ts';
import { isFullRun } from './on-demand.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** The environment of a user: without the settings of the npm that runs the tests. */
const userEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV|VITEST|INIT_CWD)/i.test(name)),
);

let folder = '';
/** Where a user has the files of the release. */
let release = '';
/** An empty folder in which a user has installed both tarballs. */
let project = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-release-'));
  if (!isFullRun) return;
  release = join(folder, 'release');
  project = join(folder, 'project');
  await run('npm', ['run', '--silent', 'release', '--', release, '--if-stale'], { cwd: root, env: userEnv });
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{"private":true,"type":"module"}');
  const tarballs = (await readdir(release)).filter((name) => name.endsWith('.tgz'));
  const options = ['--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, ...tarballs.map((name) => join(release, name))], {
    cwd: project,
    env: userEnv,
  });
}, 400_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const installed = (name: string) => join(project, 'node_modules/@tocsin', name);

interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

async function readBom(name: string): Promise<Bom> {
  const [file = ''] = (await readdir(release)).filter(
    (path) => path.startsWith(`tocsin-${name}-`) && path.endsWith('.cdx.json'),
  );
  // `as`: the format of CycloneDX.
  return JSON.parse(await readFile(join(release, file), 'utf8')) as Bom;
}

describe.skipIf(!isFullRun)('npm run release', () => {
  it('writes the tarballs, their bills of materials, and checksums that hold', async () => {
    const sums = (await readFile(join(release, 'SHA256SUMS'), 'utf8')).trim().split('\n');
    const names = sums.map((line) => line.split('  ')[1] ?? '');
    expect(names.map((name) => name.replace(/-\d[\d.]*\d/, ''))).toEqual([
      'tocsin-client.cdx.json',
      'tocsin-client.tgz',
      'tocsin-server.cdx.json',
      'tocsin-server.tgz',
      'tocsin-testing.cdx.json',
      'tocsin-testing.tgz',
    ]);
    for (const line of sums) {
      const [sum, name = ''] = line.split('  ');
      expect(
        createHash('sha256')
          .update(await readFile(join(release, name)))
          .digest('hex'),
      ).toBe(sum);
    }
  });

  it('lists what is shipped, and no tool that it was built with', async () => {
    const client = await readBom('client');
    expect([client.bomFormat, client.metadata.component.name]).toEqual(['CycloneDX', '@tocsin/client']);
    const inClient = client.components.map(({ name }) => name).sort();
    expect(inClient).toEqual(['@tocsin/shared', 'zod']);

    const server = await readBom('server');
    expect(server.metadata.component.name).toBe('@tocsin/server');
    const inServer = server.components.map(({ name }) => name);
    expect(inServer).toEqual(expect.arrayContaining(['fastify', 'mongodb', 'react', '@tocsin/client']));
    expect(inServer.filter((name) => /^(vite|vitest|tailwindcss|oxlint|tsdown)$/.test(name))).toEqual([]);
  });

  it('packs a server without sources, source maps and references to the workspace', async () => {
    const files = await readdir(installed('server'), { recursive: true });
    expect(files).toEqual(
      expect.arrayContaining(['bin/tocsin.mjs', 'dist/main.js', 'admin/index.html', 'admin/licenses.json']),
    );
    expect(files.filter((path) => /\.(map|tsbuildinfo)$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
    for (const path of files.filter((name) => name.endsWith('package.json'))) {
      expect(await readFile(join(installed('server'), path), 'utf8')).not.toMatch(
        /@tocsin\/source|: "\*"|devDependencies/,
      );
    }
  });
});

/** Runs the installed command. */
function tocsin(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return run(join(project, 'node_modules/.bin/tocsin'), args, { cwd: project, env: { ...userEnv, ...env } });
}

/** Starts the installed server on an embedded database. Disposing it stops both. */
async function startInstalled(
  env: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { url: string }> {
  const child = spawn(join(project, 'node_modules/.bin/tocsin'), ['start', '--port', '0'], {
    cwd: project,
    env: { ...userEnv, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  if (child.pid !== undefined) endWithParent(child.pid, exited);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const match = /running at (http:\/\/\S+)/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void exited.then(() => reject(new Error(`the server ended before it was ready:\n${output}`)));
  });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      expect((await exited)[0]).toBe(0);
    },
  };
}

describe.skipIf(!isFullRun)('the installed server', () => {
  it('starts, makes a key, serves the admin UI, and delivers to the installed client', async () => {
    const rootToken = 'root_token_of_the_release';
    await using server = await startInstalled({ ROOT_TOKEN: rootToken });
    const page = await fetch(server.url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="root">')]);

    const root = { TOCSIN_URL: server.url, TOCSIN_TOKEN: rootToken };
    const scopes = ['events:publish', 'webhooks:write'].flatMap((scope) => ['--scope', scope]);
    const { stdout: key } = await tocsin(root, 'keys', 'create', '--name', 'Service', ...scopes);
    await writeFile(join(project, 'service.js'), serviceProgram);
    const { stdout } = await run(process.execPath, ['service.js'], {
      cwd: project,
      env: { ...userEnv, TOCSIN_URL: server.url, TOCSIN_TOKEN: key.trim(), APP_ID: 'app_demo' },
    });
    expect(JSON.parse(stdout)).toEqual(serviceResult);
  }, 120_000);
});

/** Runs npm to its end. Returns its exit code and both of its streams. */
async function npm(cwd: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn('npm', [...args], { cwd, env: userEnv, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  // `as`: the arguments of the event.
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}

describe('a package folder of the repository', () => {
  it.each(['client', 'server'])('%s cannot be packed by itself', async (name) => {
    const { code, output } = await npm(root, 'pack', '--dry-run', '--workspace', name);
    expect([code, output]).toEqual([1, expect.stringContaining('Run "npm run release"')]);
  });

  describe('client, installed by its path', () => {
    /** A repository with the manifest and scripts of the client, and a build that takes no time. */
    async function makeClone(name: string): Promise<string> {
      const clone = join(folder, name);
      await cp(join(root, 'client/scripts'), join(clone, 'client/scripts'), { recursive: true });
      // `as`: the client's own manifest.
      const manifest = JSON.parse(await readFile(join(root, 'client/package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      const build = `node -e "require('fs').mkdirSync('dist')"`;
      const scripts = { ...manifest.scripts, build };
      const text = JSON.stringify({ ...manifest, scripts, dependencies: {}, devDependencies: {} });
      await writeFile(join(clone, 'client/package.json'), text);
      await writeFile(join(clone, 'package.json'), '{"private":true,"workspaces":["client"]}');
      return clone;
    }

    async function installByPath(clone: string): Promise<{ code: number; output: string }> {
      const user = `${clone}-user`;
      await mkdir(user);
      await writeFile(join(user, 'package.json'), '{"private":true}');
      return npm(user, 'install', '--offline', '--no-audit', '--no-fund', join(clone, 'client'));
    }

    it('fails with the missing step if its repository is not installed', async () => {
      const { code, output } = await installByPath(await makeClone('bare-clone'));
      expect([code, output]).toEqual([1, expect.stringContaining('Run "npm install" in')]);
    });

    it('is built for the other project, and not for its own repository', async () => {
      const clone = await makeClone('clone');
      expect(await npm(clone, 'install', '--offline', '--no-audit', '--no-fund')).toMatchObject({ code: 0 });
      expect(await readdir(join(clone, 'client'))).not.toContain('dist');
      await mkdir(join(clone, 'node_modules/.bin'), { recursive: true });
      await writeFile(join(clone, 'node_modules/.bin/tsdown'), '');
      expect(await installByPath(clone)).toMatchObject({ code: 0 });
      expect(await readdir(join(clone, 'client'))).toContain('dist');
    });
  });
});
