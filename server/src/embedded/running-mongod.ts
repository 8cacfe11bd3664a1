import type { MongodAddress } from './mongod-address.ts';
import type { MongodExit, MongodProcess } from './mongod-process.ts';
import { memberHost } from './replica-set.ts';

// mongod writes a checkpoint while it stops. After this time it is killed, and its journal restores the data.
const stopTimeoutMs = 10_000;

/** A running mongod. `exited` also resolves when it crashes. */
export class RunningMongod implements AsyncDisposable {
  readonly port: number;
  readonly replSet: string;
  readonly dataDir: string;
  /** Whether an earlier server started it. */
  readonly isAdopted: boolean;
  readonly #process: MongodProcess;

  constructor(process: MongodProcess, options: MongodAddress & { dataDir: string; isAdopted: boolean }) {
    this.#process = process;
    this.port = options.port;
    this.replSet = options.replSet;
    this.dataDir = options.dataDir;
    this.isAdopted = options.isAdopted;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get exited(): Promise<MongodExit> {
    return this.#process.exited;
  }

  /** Connection string without a database name. */
  get uri(): string {
    return this.uriFor('');
  }

  uriFor(database: string): string {
    return `mongodb://${memberHost(this.port)}/${database}?replicaSet=${this.replSet}`;
  }

  /** Shuts mongod down cleanly, or kills it after 10 s. */
  async stop(): Promise<void> {
    this.#process.ref();
    this.#process.signal('SIGTERM');
    const force = setTimeout(() => this.#process.signal('SIGKILL'), stopTimeoutMs);
    await this.#process.exited;
    clearTimeout(force);
  }

  /** Kills mongod without a clean shutdown. */
  async kill(): Promise<void> {
    this.#process.ref();
    this.#process.signal('SIGKILL');
    await this.#process.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
