import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Installs a tarball of the client in an empty folder from npm's cache or, without one, with copies of its
 * dependencies. Returns the folder of the installed package.
 */
export async function installClient(tarball: string, folder: string): Promise<string> {
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const target = join(folder, 'node_modules/@tocsin/client');
  const options = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
  try {
    await run('npm', ['install', ...options, tarball], { cwd: folder });
  } catch {
    await mkdir(target, { recursive: true });
    await run('tar', ['xzf', tarball, '-C', target, '--strip-components=1']);
    await copyDependencies(Object.keys((await readManifest(target)).dependencies ?? {}), folder);
  }
  return target;
}

/** Packs the test kit, and installs it beside the client with copies of its dependencies. */
export async function installTestKit(folder: string): Promise<void> {
  const pack = ['--import', 'tsx', 'server/testing/scripts/pack.ts', folder];
  const { stdout } = await run('node', pack, { cwd: root });
  const target = join(folder, 'node_modules/@tocsin/testing');
  await mkdir(target, { recursive: true });
  await run('tar', ['xzf', stdout.trim(), '-C', target, '--strip-components=1']);
  await copyDependencies(Object.keys((await readManifest(target)).dependencies ?? {}), folder);
}

/** Copies packages of this repository and their dependencies. */
export async function copyDependencies(names: readonly string[], folder: string): Promise<void> {
  const copied = new Set<string>();
  const copy = async (name: string): Promise<void> => {
    if (copied.has(name)) return;
    copied.add(name);
    const source = join(root, 'node_modules', name);
    await cp(source, join(folder, 'node_modules', name), { recursive: true });
    const { dependencies } = await readManifest(source);
    await Promise.all(Object.keys(dependencies ?? {}).map(copy));
  };
  await Promise.all(names.map(copy));
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function readManifest(folder: string): Promise<Manifest> {
  // `as`: the format of npm.
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}
