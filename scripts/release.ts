/*
 * Makes the files of a release: npm run release [-- folder, by default release/]
 *
 * Builds everything, then packs the client, the test kit and the server and writes their bills of materials and SHA256SUMS, which
 * `sha256sum --check SHA256SUMS` verifies. `--if-stale` reuses an admin UI that is newer than its sources.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';
import { toBillOfMaterials } from './bill-of-materials.ts';
import { npm } from './pack-folder.ts';
import { runScript, runStep } from './run-step.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = readArguments('npm run release [-- folder] [--if-stale]', {
  options: { 'if-stale': { type: 'boolean', default: false } },
  maxOperands: 1,
});
const destination = resolve(positionals[0] ?? join(root, 'release'));

runScript(() => {
  mkdirSync(destination, { recursive: true });
  // Only the files of an earlier release: the folder can be any.
  for (const name of readdirSync(destination).filter(isReleaseFile)) rmSync(join(destination, name));

  step('Checking the types', () => npm(root, 'run', '--silent', 'types'));
  step('Building the admin UI', () =>
    node('scripts/build-admin.mjs', ...(values['if-stale'] ? ['--if-stale'] : [])),
  );
  const client = step('Packing the client', () =>
    node('--import', 'tsx', 'client/scripts/pack.ts', destination),
  );
  const testing = step('Packing the test kit', () =>
    node('--import', 'tsx', 'server/testing/scripts/pack.ts', destination),
  );
  const server = step('Packing the server', () =>
    node('--import', 'tsx', 'scripts/pack-server.ts', client, destination),
  );

  writeBill(client, { subject: '@tocsin/client', type: 'library', workspaces: ['client'] });
  writeBill(testing, {
    subject: '@tocsin/testing',
    type: 'library',
    workspaces: ['server/testing', 'client'],
  });
  writeBill(server, {
    subject: '@tocsin/server',
    type: 'application',
    workspaces: ['server', 'client'],
    bundledList: join(root, 'admin/dist/licenses.json'),
  });
  writeChecksums();
});

function isReleaseFile(name: string): boolean {
  return /^tocsin-(client|server|testing)-.*\.(tgz|cdx\.json)$/.test(name) || name === 'SHA256SUMS';
}

/** Announces a step, because some take half a minute. */
function step<T>(name: string, run: () => T): T {
  process.stderr.write(`${name} ...\n`);
  return run();
}

/** Runs a script of the repository and returns the last line of its output. */
function node(...args: readonly string[]): string {
  const script = args.find((arg) => /\.m?[jt]s$/.test(arg)) ?? 'node';
  const output = runStep(script, root, process.execPath, args);
  return output.trim().split('\n').at(-1) ?? '';
}

function writeBill(tarball: string, options: Omit<Parameters<typeof toBillOfMaterials>[0], 'root'>): void {
  const path = join(destination, basename(tarball).replace(/\.tgz$/, '.cdx.json'));
  writeFileSync(path, toBillOfMaterials({ root, ...options }));
}

function writeChecksums(): void {
  const lines = readdirSync(destination)
    .filter(isReleaseFile)
    .sort()
    .map((name) => {
      const content = readFileSync(join(destination, name));
      process.stdout.write(`${join(destination, name)}  ${(content.length / 1024).toFixed(0)} KiB\n`);
      return `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;
    });
  writeFileSync(join(destination, 'SHA256SUMS'), lines.join(''));
}
