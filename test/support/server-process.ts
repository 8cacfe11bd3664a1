import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endWithParent } from './end-with-parent.ts';
import { findBundle } from './find-bundle.ts';

export const testRootToken = 'root_token_of_the_tests';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Returns its output so far, of both streams. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
}

/** Runs the command that follows as the first process of a new pid namespace, as in a container. */
export const ownPidNamespace = [
  'unshare',
  '--user',
  '--map-root-user',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];

/**
 * Starts the real server as a separate process. Disposing it kills it. `through` is a command that runs the command
 * after it.
 */
export async function startServerProcess(
  env: Readonly<Record<string, string>>,
  through: readonly string[] = [],
): Promise<ServerProcess> {
  const [command, ...args] = [...through, process.execPath, findBundle('server/src/main.ts')];
  const child = spawn(command, args, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      LOG_LEVEL: 'warn',
      ROOT_TOKEN: testRootToken,
      ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      ALLOW_PRIVATE_TARGETS: 'true',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').then(
    ([code, signal]: (number | string | null)[]) => code ?? signal ?? 'gone',
  );
  const pid = requirePid(child);
  endWithParent(pid, exited);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const match = /running at (http:\/\/\S+)/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void exited.then((code) =>
      reject(new Error(`the server ended with ${code} before it was ready:\n${output}`)),
    );
  });
  return {
    url,
    pid,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function requirePid(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the server did not start');
  return child.pid;
}
