import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The flags of `npm start`. */
const nodeFlags = ['--conditions=@tocsin/source', '--import', 'tsx'];

/** Longer than the server's graceful shutdown, which takes at most 20 s. */
const stopTimeoutMs = 25_000;

export interface StartOptions {
  readonly script: string;
  /** Folder from which `tsx` and packages are resolved. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Whether to open a message channel. Without one, standard output is a pipe. */
  readonly ipc: boolean;
}

/** A child process of the bench. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/** A temporary folder. */
export interface Folder {
  readonly path: string;
  /** Pid of a process that uses the folder and must be killed before it is removed. */
  user: number | undefined;
  remove(): Promise<void>;
}

/** Tracks all processes and folders of the bench, and ends and removes them when the bench exits. */
export class Processes {
  readonly #running = new Set<ChildProcess>();
  readonly #folders = new Set<Folder>();

  constructor() {
    process.once('exit', () => {
      for (const child of this.#running) child.kill('SIGKILL');
      for (const { path, user } of this.#folders) {
        if (user !== undefined) process.kill(user, 'SIGKILL');
        rmSync(path, { recursive: true, force: true });
      }
    });
  }

  async createFolder(): Promise<Folder> {
    const path = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
    const folder: Folder = {
      path,
      user: undefined,
      remove: async () => {
        this.#folders.delete(folder);
        await rm(path, { recursive: true, force: true });
      },
    };
    this.#folders.add(folder);
    return folder;
  }

  start({ script, cwd, env = {}, flags = [], ipc }: StartOptions): Child {
    const child = spawn(process.execPath, [...nodeFlags, ...flags, script], {
      cwd,
      // The caller's environment may configure a server, so only PATH and HOME are passed on.
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
      stdio: ['ignore', ipc ? 'inherit' : 'pipe', 'inherit', ...(ipc ? ['ipc' as const] : [])],
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${script} could not be started`);
    this.#running.add(child);
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        this.#running.delete(child);
        resolve(`${script} (process ${pid}) ended with ${code ?? signal}`);
      });
    });
    const stop = async () => {
      if (!this.#running.has(child)) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await exited;
      clearTimeout(force);
    };
    return { process: child, pid, exited, stop };
  }
}
