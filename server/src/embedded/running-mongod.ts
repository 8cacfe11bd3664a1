import type { MongodAddress } from './mongod-address.ts';
import type { MongodExit, MongodProcess } from './mongod-process.ts';
import { memberHost } from './replica-set.ts';

// mongod writes a checkpoint while it stops; after this it is taken to hang, and its journal makes up for the rest.
const stopWithinMs = 10_000;

/** A running mongod. `exited` also settles when it dies by itself, which is how its owner learns of it. */
export class RunningMongod implements AsyncDisposable {
  readonly port: number;
  readonly replSet: string;
  readonly dataDir: string;
  /** True when it was left running by an earlier server. */
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

  /** Without a database name. */
  get uri(): string {
    return this.uriFor('');
  }

  uriFor(database: string): string {
    return `mongodb://${memberHost(this.port)}/${database}?replicaSet=${this.replSet}`;
  }

  /** In order; by force after 10 s. */
  async stop(): Promise<void> {
    this.#process.hold();
    this.#process.signal('SIGTERM');
    const force = setTimeout(() => this.#process.signal('SIGKILL'), stopWithinMs);
    await this.#process.exited;
    clearTimeout(force);
  }

  /** As a power cut would end it. */
  async kill(): Promise<void> {
    this.#process.hold();
    this.#process.signal('SIGKILL');
    await this.#process.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
