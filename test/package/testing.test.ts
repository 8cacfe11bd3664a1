import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiler } from '../support/compilers.ts';
import { isFullRun } from './on-demand.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-testing-'));
  if (!isFullRun) return;
  const tarballs: string[] = [];
  for (const script of ['client/scripts/pack.ts', 'server/testing/scripts/pack.ts']) {
    const { stdout } = await run('node', ['--import', 'tsx', script, folder], { cwd: root });
    tarballs.push(stdout.trim());
  }
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, ...tarballs], { cwd: folder });
  await symlink(join(root, 'node_modules/vitest'), join(folder, 'node_modules/vitest'));
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const body = `
  const tocsin = await createTestTocsin();
  const receiver = tocsin.receiver().respond(503, 200);
  await tocsin.webhook({ to: receiver, events: ['license.*'] });
  await tocsin.publish('license.revoked', { data: { licenseKey: 'k', status: 'revoked' } });
  await tocsin.advance('5s');
  const event = await receiver.requests[1].verify();
  await tocsin.close();
  console.log(receiver.requests.map(({ answer }) => answer).join(), event.type);
`;

describe.skipIf(!isFullRun)('the packed test kit', () => {
  it('runs as an ES module and as CommonJS', async () => {
    await writeFile(join(folder, 'esm.mjs'), `import { createTestTocsin } from '@tocsin/testing';${body}`);
    await writeFile(
      join(folder, 'cjs.cjs'),
      `const { createTestTocsin } = require('@tocsin/testing');(async () => {${body}})();`,
    );
    for (const file of ['esm.mjs', 'cjs.cjs']) {
      const { stdout } = await run('node', [file], { cwd: folder });
      expect(stdout).toBe('503,200 license.revoked\n');
    }
  });

  it('compiles in a project that checks the declarations of its libraries', async () => {
    const source = `
      import { createTestTocsin, signedRequest, type TestReceiver } from '@tocsin/testing';
      export const start = createTestTocsin;
      export const receivers: TestReceiver<{}>[] = [];
      export const request = signedRequest('user.ban',
        { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' }, { secret: 'whsec_1' });
      // @ts-expect-error not an event
      signedRequest('user.bann', {}, { secret: 'whsec_1' });
    `;
    await writeFile(join(folder, 'index.ts'), source);
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      module: 'nodenext',
      types: [],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }));
    const { stdout } = await run(compiler, ['-p', folder]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });

  it('depends on the client of its version, and on nothing of the server', async () => {
    const path = join(folder, 'node_modules/@tocsin/testing/package.json');
    // `as`: the manifest of this repository.
    const manifest = JSON.parse(await readFile(path, 'utf8')) as {
      readonly version: string;
      readonly dependencies: Record<string, string>;
      readonly peerDependencies: Record<string, string>;
    };
    expect(manifest.peerDependencies['@tocsin/client']).toBe(manifest.version);
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['@trpc/server', 'lru-cache', 'zod']);
  });
});
