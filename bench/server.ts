import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Options } from './options.ts';
import type { Child, Processes } from './processes.ts';

export const rootToken = `root_${randomBytes(16).toString('hex')}`;
/** In base64. */
export const encryptionKey = randomBytes(32).toString('base64');

/** Includes creating indexes on a million documents. */
const readyTimeoutMs = 120_000;

export interface Server {
  readonly url: string;
  readonly child: Child;
}

/** Starts the server as a process. Resolves when it is ready. */
export async function startServer(
  processes: Processes,
  options: Options,
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  const child = processes.start({
    script: join(options.tree, 'server/src/main.ts'),
    cwd: options.tree,
    ipc: false,
    flags: [
      ...(await readHeapFlags(options.tree)),
      ...(options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`]),
    ],
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      ROOT_TOKEN: rootToken,
      ENCRYPTION_KEY: encryptionKey,
      ALLOW_PRIVATE_TARGETS: 'true',
      LOG_LEVEL: 'warn',
      ...env,
    },
  });
  try {
    return { url: await Promise.race([readUrl(child), waitForFailure(child)]), child };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** The flags for the heap that `npm start` of the measured tree sets. */
async function readHeapFlags(tree: string): Promise<string[]> {
  return (await readFile(join(tree, 'package.json'), 'utf8')).match(/--max-semi-space-size=\d+/g) ?? [];
}

function readUrl(child: Child): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    child.process.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const url = /running at (http:\S+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}

async function waitForFailure(child: Child): Promise<never> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('the server was not ready in time'), readyTimeoutMs).unref();
  });
  const reason = await Promise.race([child.exited, timeout]);
  clearTimeout(timer);
  throw new Error(reason);
}
