import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endWithParent } from '../support/end-with-parent.ts';
import { startTestMongod } from '../support/mongod.ts';
import { serviceProgram, serviceResult } from './service-program.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const image = 'localhost/tocsin-test';

const reasonToSkip = findReasonToSkip();

/** On demand: a first build takes minutes. */
function findReasonToSkip(): string | undefined {
  if (process.env['TEST_CONTAINER'] !== 'true') return 'TEST_CONTAINER is not true';
  if (process.getuid?.() !== 0) return 'it needs root, for chroot';
  return ['buildah', 'mmdebstrap'].map(findMissing).find((reason) => reason !== undefined);
}

function findMissing(tool: string): string | undefined {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `${tool} is not installed`;
  }
}

let container = '';

const settings = {
  ROOT_TOKEN: 'root_token_of_the_container',
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  ALLOW_PRIVATE_TARGETS: 'true',
  LOG_LEVEL: 'warn',
};

/** Arguments of `buildah run` for a command in the container: as the user, and in the folder, that the image sets. */
function inContainer(env: Readonly<Record<string, string>>, command: readonly string[]): readonly string[] {
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  return ['run', '--isolation', 'chroot', ...variables, container, '--', ...command];
}

/** Starts the image's own command. Resolves with its URL; disposing it stops it gracefully. */
async function startInContainer(env: Readonly<Record<string, string>>) {
  const command = ['node', '--max-semi-space-size=64', 'server/dist/main.js'];
  // A process group of its own, because buildah does not pass signals on.
  const child = spawn('buildah', inContainer(env, command), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const group = -(child.pid ?? 0);
  endWithParent(group, exited);
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
      process.kill(group, 'SIGTERM');
      await exited;
    },
  };
}

describe.skipIf(reasonToSkip !== undefined)(
  `the container image${reasonToSkip === undefined ? '' : ` (${reasonToSkip})`}`,
  () => {
    beforeAll(async () => {
      await run('scripts/container-build.sh', ['--base-from-packages', image], {
        cwd: root,
        maxBuffer: 2 ** 26,
      });
      container = (await run('buildah', ['from', '--pull-never', image])).stdout.trim();
    }, 900_000);

    afterAll(async () => {
      if (container !== '') await run('buildah', ['rm', container]);
    });

    it('runs an API process and a worker, makes a key, and delivers to a client in it', async () => {
      await using database = await startTestMongod();
      const shared = { ...settings, MONGODB_URI: database.uri, PORT: '0' };
      await using api = await startInContainer({ ...shared, ROLE: 'api', INSTANCE: 'api' });
      await using _worker = await startInContainer({ ...shared, ROLE: 'worker', INSTANCE: 'worker' });

      const admin = { TOCSIN_URL: api.url, TOCSIN_TOKEN: settings.ROOT_TOKEN };
      const tocsin = async (...args: readonly string[]) =>
        (await run('buildah', inContainer(admin, ['tocsin', ...args]))).stdout.trim();
      expect(await tocsin('apps', 'create', '--name', 'Shop', '--id', 'app_shop')).toBe('app_shop');
      const scopes = ['events:publish', 'webhooks:write'].flatMap((scope) => ['--scope', scope]);
      const key = await tocsin('keys', 'create', '--name', 'Service', ...scopes);

      const service = { TOCSIN_URL: api.url, TOCSIN_TOKEN: key, APP_ID: 'app_shop' };
      const program = ['node', '--input-type=module', '--eval', serviceProgram];
      const { stdout } = await run('buildah', inContainer(service, program));
      expect(JSON.parse(stdout)).toEqual(serviceResult);
      expect((await fetch(api.url)).headers.get('content-type')).toContain('text/html');
    }, 180_000);

    it('runs as an unprivileged user, with the Node version that the Dockerfile names', async () => {
      const { stdout } = await run(
        'buildah',
        inContainer({}, ['sh', '-c', 'id -un; node --version; npx tocsin --help']),
      );
      expect(stdout).toMatch(/^node\nv22\.\d+\.\d+\nUsage: tocsin/);
    });

    it('has no sources and no development dependencies', async () => {
      const { stdout } = await run(
        'buildah',
        inContainer({}, ['ls', 'server', 'client', 'node_modules/.bin']),
      );
      expect(stdout).toContain('tocsin');
      expect(stdout).not.toMatch(/^(src|vite|vitest|tsc-watch|oxlint|tsdown)$/m);
    });
  },
);
