import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findBundle } from './find-bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CliRun {
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: number | string;
  /** Both streams, as they came. */
  readonly output: string;
  readonly stdout: string;
}

export interface CliOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Sends it `signal` once, as soon as this stands in its output. */
  readonly killWhen?: RegExp;
  /** @default SIGKILL */
  readonly signal?: NodeJS.Signals;
}

/** A program of this tree, as a process of its own, to its end. TypeScript is run from its bundle. */
export async function runCli(
  path: string,
  args: readonly string[],
  { env, killWhen, signal = 'SIGKILL' }: CliOptions,
): Promise<CliRun> {
  const program = path.endsWith('.ts') ? findBundle(path) : path;
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOG_LEVEL: 'trace', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  let isKilled = false;
  const listen = (chunk: Buffer) => {
    output += chunk.toString('utf8');
    if (isKilled || killWhen?.test(output) !== true) return;
    isKilled = true;
    child.kill(signal);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null];
  return { ended: code ?? killedBy ?? 'gone', output, stdout };
}
