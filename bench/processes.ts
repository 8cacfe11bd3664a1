import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the product itself is run, so that the bench measures what people run. */
const nodeFlags = ['--conditions=@tocsin/source', '--import', 'tsx'];

/** The server's own drain takes 20 s at most. */
const stopWithinMs = 25_000;

export interface StartOptions {
  readonly script: string;
  /** Resolves `tsx` and the packages. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** With a channel for messages; without one, standard output is a pipe. */
  readonly ipc: boolean;
}

/** A process of the bench. Ended by its pid and by nothing else. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/** A temporary folder, and whoever writes into it. */
export interface Folder {
  readonly path: string;
  /** Started by somebody else, ended here all the same. */
  user: number | undefined;
  remove(): Promise<void>;
}

/** Every process and folder that the bench made. None outlives it, however it ends. */
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

  async makeFolder(): Promise<Folder> {
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
      // The caller's environment could hold settings of a server; only what finds programs and folders is passed on.
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
      const force = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await exited;
      clearTimeout(force);
    };
    return { process: child, pid, exited, stop };
  }
}
