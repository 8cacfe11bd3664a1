import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Options } from './options.ts';
import type { Child, Processes } from './processes.ts';

export const rootToken = `root_${randomBytes(16).toString('hex')}`;
const encryptionKey = randomBytes(32).toString('base64');

/** Creates indexes on a store of a million documents if it must. */
const readyWithinMs = 120_000;

export interface Server {
  readonly url: string;
  readonly child: Child;
}

/** The real server as a process of its own; ready when it resolves. */
export async function startServer(
  processes: Processes,
  options: Options,
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  const child = processes.start({
    script: join(options.tree, 'server/src/main.ts'),
    cwd: options.tree,
    ipc: false,
    flags: options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`],
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
    return { url: await Promise.race([urlInBanner(child), failure(child)]), child };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function urlInBanner(child: Child): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    child.process.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const url = /running at (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}

async function failure(child: Child): Promise<never> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('the server was not ready in time'), readyWithinMs).unref();
  });
  const why = await Promise.race([child.exited, late]);
  clearTimeout(timer);
  throw new Error(why);
}
