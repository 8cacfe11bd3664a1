import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCommandLine } from './running-process.ts';

export interface MongodExit {
  /** Null if a signal ended it or another process started it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running mongod, started by this process or left running by an earlier server. */
export interface MongodProcess {
  readonly pid: number;
  readonly exited: Promise<MongodExit>;
  signal(signal: NodeJS.Signals): void;
  /** Keeps the event loop alive until it has exited, like `ref` of a timer. */
  ref(): void;
}

export async function spawnMongod(
  binary: string,
  args: readonly string[],
  logFile: string,
): Promise<MongodProcess> {
  // Output from before mongod opens its log, such as an invalid option or a missing library, goes into the
  // same file.
  await using log = await open(logFile, 'a', 0o600);
  const child = spawn(binary, args, {
    // A new session, so that Ctrl-C reaches only the server, which needs mongod during its graceful shutdown.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const exited = new Promise<MongodExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${binary} cannot be started`, { cause })));
    child.once('spawn', () => {
      if (child.pid === undefined) reject(new Error(`${binary} was started without a process id`));
      else resolve(child.pid);
    });
  });
  child.unref();

  // Covers process.exit and uncaught errors. After a kill -9, the next start adopts the mongod.
  const terminate = () => void child.kill('SIGTERM');
  process.once('exit', terminate);
  void exited.then(() => process.off('exit', terminate));

  return { pid, exited, signal: (signal) => void child.kill(signal), ref: () => child.ref() };
}

/**
 * Finds the mongod that runs on this folder by the pid in mongod's lock file. Returns undefined if there is
 * none.
 */
export async function findMongodOn(dbPath: string): Promise<MongodProcess | undefined> {
  const pid = await readMongodLock(dbPath);
  if (pid === undefined || !(await isMongodOn(pid, dbPath))) return undefined;

  let pollMs = 250;
  let isReferenced = false;
  // It is not a child process, so there is no exit event. Polling alone must not keep the server alive.
  const watch = async (): Promise<MongodExit> => {
    do await sleep(pollMs, undefined, { ref: isReferenced });
    while (await isMongodOn(pid, dbPath));
    return { code: null, signal: null };
  };
  return {
    pid,
    exited: watch(),
    signal: (signal) => {
      try {
        process.kill(pid, signal);
      } catch {
        // It has exited.
      }
    },
    ref: () => {
      pollMs = 20;
      isReferenced = true;
    },
  };
}

async function readMongodLock(dbPath: string): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(join(dbPath, 'mongod.lock'), 'utf8')).trim());
    // mongod empties the file on a clean shutdown.
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Checks the arguments too, because another program may have the pid by now. A zombie has no arguments. */
async function isMongodOn(pid: number, dbPath: string): Promise<boolean> {
  const line = await readCommandLine(pid);
  return line.includes('mongod') && line.includes(`--dbpath ${dbPath} `);
}
