import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CliRun {
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: number | string;
  readonly output: string;
}

export interface CliOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Kills it (SIGKILL) as soon as this stands in its output. */
  readonly killWhen?: RegExp;
}

/** A program of this tree, as a process of its own, to its end. */
export async function runCli(
  path: string,
  args: readonly string[],
  { env, killWhen }: CliOptions,
): Promise<CliRun> {
  const child = spawn(process.execPath, ['--conditions=@tocsin/source', '--import', 'tsx', path, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOG_LEVEL: 'trace', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listen = (chunk: Buffer) => {
    output += chunk.toString('utf8');
    if (killWhen?.test(output) === true) child.kill('SIGKILL');
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { ended: code ?? signal ?? 'gone', output };
}
