import { nodeReleases } from '../../../scripts/node-releases.mjs';
import { findOrInstall, type PackagedProgram } from '../../../scripts/install-program.mjs';

/** A JavaScript runtime that the packed client runs on. */
export interface Runtime {
  readonly name: string;
  /** The source of its program in `hosts/`. */
  readonly host: 'node' | 'bun' | 'deno' | 'workerd';
  readonly packaged: PackagedProgram;
}

/** The tested versions. Node has the newest patch of each release. */
const versions = { bun: '1.4.5', deno: '2.9.6', workerd: '1.20261117.1' };

// The packages of one platform, because the ones without a platform download them in a script.
const platform = `${process.platform}-${process.arch}`;
const bun = `@oven/bun-${platform.replace('arm64', 'aarch64')}`;
const deno = `@deno/${platform}${process.platform === 'linux' ? '-glibc' : ''}`;
const workerd = `@cloudflare/workerd-${platform.replace('x64', '64')}`;

const runtimes: readonly Runtime[] = [
  ...nodeReleases.map((release): Runtime => ({
    name: `Node ${release}`,
    host: 'node',
    packaged: { folder: `node/${release}`, spec: `node@${release}`, program: 'node/bin/node' },
  })),
  { name: 'Bun', host: 'bun', packaged: toPackaged('bun', bun, `${bun}/bin/bun`) },
  { name: 'Deno', host: 'deno', packaged: toPackaged('deno', deno, `${deno}/deno`) },
  { name: 'workerd', host: 'workerd', packaged: toPackaged('workerd', workerd, `${workerd}/bin/workerd`) },
];

function toPackaged(name: keyof typeof versions, packageName: string, program: string): PackagedProgram {
  return { folder: `${name}/${versions[name]}`, spec: `${packageName}@${versions[name]}`, program };
}

/** A runtime and its program, or why this machine cannot have it. */
export type FoundRuntime = { readonly runtime: Runtime } & ReturnType<typeof findOrInstall>;

/** Finds all runtimes, and installs missing ones. After the first failure, only from npm's cache. */
export function findRuntimes(): readonly FoundRuntime[] {
  const found: FoundRuntime[] = [];
  for (const runtime of runtimes) {
    const hasFailed = found.some(({ problem }) => problem !== undefined);
    found.push({ runtime, ...findRuntime(runtime, hasFailed ? ['--offline'] : online) });
  }
  return found;
}

/** A registry that does not respond costs little time. */
const online = ['--prefer-offline', '--fetch-retries=0', '--fetch-timeout=30000'];

function findRuntime(
  { name, packaged }: Runtime,
  npmOptions: readonly string[],
): ReturnType<typeof findOrInstall> {
  const isOwn = name === `Node ${process.versions.node.split('.')[0]}`;
  return isOwn ? { program: process.execPath } : findOrInstall(packaged, npmOptions);
}
