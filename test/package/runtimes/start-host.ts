import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { endWithParent } from '../../support/end-with-parent.ts';
import type { Runtime } from './runtimes.ts';
import type { ProgramResults, RuntimeSettings } from './settings.ts';

export interface HostOptions {
  /** The path of the runtime. */
  readonly program: string;
  /** Where the client is installed and the programs are bundled. */
  readonly folder: string;
  readonly settings: RuntimeSettings;
}

/** Runs all programs on a runtime, in a process of its own. */
export async function runHost(
  { host }: Pick<Runtime, 'host'>,
  options: HostOptions,
): Promise<ProgramResults> {
  return host === 'workerd' ? await runOnWorkerd(options) : await runAsScript(scripts[host], options);
}

const scripts = {
  node: ['node.mjs'],
  bun: ['run', '--no-install', 'bun.mjs'],
  // The packages of node_modules, and nothing from the network.
  deno: ['run', '--no-remote', '--node-modules-dir=manual', '--allow-all', 'deno.mjs'],
};

/** A process that ends by itself has closed all that the client opens. */
const exitLimitMs = 20_000;

async function runAsScript(args: readonly string[], options: HostOptions): Promise<ProgramResults> {
  const { program, folder, settings } = options;
  const env = { PATH: process.env['PATH'], HOME: folder, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const child = spawn(program, [...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  if (child.pid !== undefined) endWithParent(child.pid, exited);
  child.stdin.end(JSON.stringify(settings));
  let printed = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8');
    if (printed.endsWith('\n')) timer ??= setTimeout(() => child.kill('SIGKILL'), exitLimitMs);
  });
  const errors = await text(child.stderr);
  // `as`: the arguments of the event.
  const [code] = (await exited) as [number | null];
  clearTimeout(timer);
  if (code !== 0 || errors !== '') throw new Error(`exit code ${code}\n${errors}\n${printed}`);
  // `as`: what the programs of `hosts/` print.
  return JSON.parse(printed) as ProgramResults;
}

/** Without compatibility flags: workerd has the Fetch API and WebCrypto, but no module of Node. */
const configuration = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "programs", worker = .programs),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "programs")],
);
const programs :Workerd.Worker = (
  modules = [(name = "workerd.js", esModule = embed "workerd.js")],
  compatibilityDate = "2026-01-01",
);
`;

async function runOnWorkerd({ program, folder, settings }: HostOptions): Promise<ProgramResults> {
  const file = join(folder, 'workerd.capnp');
  await writeFile(file, configuration);
  // workerd writes the ports that it listens on to this descriptor.
  const args = ['serve', '--control-fd=3', file];
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  if (child.pid !== undefined) endWithParent(child.pid, exited);
  // `as`: both are pipes.
  const errors = text(child.stderr as Readable);
  try {
    const url = await Promise.race([
      readUrl(child.stdio[3] as Readable),
      exited.then(async () => Promise.reject(new Error(await errors))),
    ]);
    const post = (path: string) => fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(settings) });
    // `as`: what the worker of `hosts/` returns.
    const results = (await (await post('/run')).json()) as ProgramResults;
    const requests = Array.from({ length: 20 }, async () => await (await post('/publish')).text());
    return { ...results, concurrentRequests: [...new Set(await Promise.all(requests))] };
  } finally {
    child.kill();
    await exited;
  }
}

async function readUrl(control: Readable): Promise<string> {
  // `as`: the arguments of the event.
  const [line] = (await once(control, 'data')) as [Buffer];
  // `as`: the format of workerd.
  const { port } = JSON.parse(line.toString('utf8')) as { port: number };
  return `http://127.0.0.1:${port}`;
}
