import type { MongodAddress } from './mongod-address.ts';
import type { MongodCredentials } from './mongod-credentials.ts';
import type { MongodExit, MongodProcess } from './mongod-process.ts';
import { memberHost } from './replica-set.ts';

// mongod writes a checkpoint while it stops. After this time it is killed, and its journal restores the data.
const stopTimeoutMs = 10_000;

export interface RunningMongodOptions extends MongodAddress {
  readonly dataDir: string;
  readonly isAdopted: boolean;
  /** Undefined for a mongod without authentication. */
  readonly credentials: MongodCredentials | undefined;
}

/** A running mongod. `exited` also resolves when it crashes. */
export class RunningMongod implements AsyncDisposable {
  readonly port: number;
  readonly replSet: string;
  readonly dataDir: string;
  /** Whether an earlier server started it. */
  readonly isAdopted: boolean;
  readonly #process: MongodProcess;
  readonly #credentials: MongodCredentials | undefined;

  constructor(process: MongodProcess, options: RunningMongodOptions) {
    this.#process = process;
    this.#credentials = options.credentials;
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

  /** Connection string without a database name. Contains the password, if there is one. */
  get uri(): string {
    return this.uriFor('');
  }

  uriFor(database: string): string {
    const uri = `${memberHost(this.port)}/${database}?replicaSet=${this.replSet}`;
    if (this.#credentials === undefined) return `mongodb://${uri}`;
    // Both are plain letters and digits.
    const { user, password } = this.#credentials;
    return `mongodb://${user}:${password}@${uri}&authSource=admin&authMechanism=SCRAM-SHA-256`;
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
