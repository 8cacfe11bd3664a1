import { MongoClient, type Db } from 'mongodb';
import type { Clock } from '../../domain/ports/runtime.ts';
import { getCollections, type Collections } from './documents/collections.ts';
import { MongoIndexStore } from './schema/index-store.ts';

export interface ConnectionOptions {
  readonly uri: string;
  /** Database to use when the URI names none. @default 'tocsin' */
  readonly database?: string;
}

/** How long a call looks for a primary before it fails. A publisher gets a retryable error after that, not a hang. */
const serverSelectionMs = 5_000;

/** How long a connection may take to be made; also how soon a hanging server is taken for gone. */
const connectMs = 5_000;

/** One client for the process; holds the collections and the database's clock. */
export class Connection implements AsyncDisposable {
  readonly client: MongoClient;
  readonly db: Db;
  readonly collections: Collections;
  readonly clock: DatabaseClock;

  private constructor(client: MongoClient, db: Db) {
    this.client = client;
    this.db = db;
    this.collections = getCollections(db);
    this.clock = new DatabaseClock(db);
  }

  static async open(options: ConnectionOptions): Promise<Connection> {
    const client = new MongoClient(options.uri, {
      appName: 'tocsin',
      serverSelectionTimeoutMS: serverSelectionMs,
      // Acceptance needs a majority; recordings relax it to w:1 where a loss only means a duplicate.
      writeConcern: { w: 'majority' },
      retryWrites: true,
      connectTimeoutMS: connectMs,
      ignoreUndefined: true,
      // Group commits keep few operations in flight; a larger pool would only hide a stall.
      maxPoolSize: 32,
    });
    await client.connect();
    const named = new URL(
      options.uri.replace(/^mongodb(\+srv)?:/, 'http:').replace(/,[^/]*/, ''),
    ).pathname.slice(1);
    const connection = new Connection(
      client,
      client.db(named === '' ? (options.database ?? 'tocsin') : named),
    );
    await connection.clock.sync();
    return connection;
  }

  /** Makes every index and waits for it. A server does not: see services/index-builder.ts. */
  async prepare(): Promise<void> {
    const indexes = new MongoIndexStore(this.db);
    await Promise.all(indexes.groups.map((group) => indexes.build(group)));
  }

  /** Throws unless a primary answers. */
  async ping(): Promise<void> {
    await this.db.command({ ping: 1 }, { readPreference: 'primary' });
  }

  async close(): Promise<void> {
    this.clock.stop();
    await this.client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** How often the offset to the database's clock is measured again. Clocks drift by ms in a minute, leases are 15 s. */
const syncEveryMs = 60_000;

/**
 * The database's time without asking for it each time: a monotonic clock plus an offset measured by `hello`. Processes
 * on machines with wrong clocks therefore agree on what is due and which lease has ended, and a step of the
 * system clock changes nothing.
 */
export class DatabaseClock implements Clock {
  readonly #db: Db;
  #offset = performance.timeOrigin;
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  now(): number {
    return Math.floor(performance.now() + this.#offset);
  }

  async sync(): Promise<void> {
    const before = performance.now();
    const hello = await this.#db.command({ hello: 1 });
    const after = performance.now();
    const localTime: unknown = hello['localTime'];
    if (localTime instanceof Date) this.#offset = localTime.getTime() - (before + after) / 2;
    this.#timer ??= setInterval(() => void this.sync().catch(() => undefined), syncEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
