import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCommandLine } from './running-process.ts';

export interface MongodExit {
  /** Null when a signal ended it, or when it was not started by this process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A mongod that runs: one that this process started, or one that an earlier server left behind. */
export interface MongodProcess {
  readonly pid: number;
  readonly exited: Promise<MongodExit>;
  signal(signal: NodeJS.Signals): void;
  /** Keeps the event loop alive until it has exited. */
  hold(): void;
}

export async function spawnMongod(
  binary: string,
  args: readonly string[],
  logFile: string,
): Promise<MongodProcess> {
  // What mongod says before it has opened its log (a bad option, a missing library) goes into the same file.
  await using log = await open(logFile, 'a', 0o600);
  const child = spawn(binary, args, {
    // A session of its own: Ctrl-C in the terminal must reach the server first, which still writes while it drains.
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

  // The server may end without a stop: an uncaught error, process.exit. A kill -9 is left to the next start's adoption.
  const endWithParent = () => void child.kill('SIGTERM');
  process.once('exit', endWithParent);
  void exited.then(() => process.off('exit', endWithParent));

  return { pid, exited, signal: (signal) => void child.kill(signal), hold: () => child.ref() };
}

/** The mongod that runs on this folder, by the pid in its own lock file; undefined when there is none. */
export async function findMongodOn(dbPath: string): Promise<MongodProcess | undefined> {
  const pid = await readMongodLock(dbPath);
  if (pid === undefined || !(await isMongodOn(pid, dbPath))) return undefined;

  let everyMs = 250;
  // Not a child of ours, so nobody tells of its exit. The timer is unref'd: a look-out must not keep the server alive.
  const watch = async (): Promise<MongodExit> => {
    do await sleep(everyMs, undefined, { ref: everyMs < 250 });
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
    hold: () => {
      everyMs = 20;
    },
  };
}

async function readMongodLock(dbPath: string): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(join(dbPath, 'mongod.lock'), 'utf8')).trim());
    // mongod empties the file when it shuts down in order.
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The pid may have been given to another program since, so its arguments are asked. A zombie has none. */
async function isMongodOn(pid: number, dbPath: string): Promise<boolean> {
  const line = await readCommandLine(pid);
  return line.includes('mongod') && line.includes(`--dbpath ${dbPath} `);
}
