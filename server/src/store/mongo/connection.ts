import { MongoClient, type Db } from 'mongodb';
import type { Clock } from '../../domain/ports/runtime.ts';
import { getCollections, type Collections } from './documents/collections.ts';
import { applicationName } from './driver/abandoned-transactions.ts';
import { hasOnlyResponses } from './driver/connection-failure.ts';
import { diagnose, findDeploymentProblem, UnsuitableDeploymentError } from './driver/deployment.ts';
import { ReadDeadlines } from './driver/read-deadlines.ts';
import { storeLimits } from './driver/time-limits.ts';
import { MongoIndexStore } from './schema/index-store.ts';

export interface ConnectionOptions {
  readonly uri: string;
  /** Database to use when the URI names none. @default 'tocsin' */
  readonly database?: string;
  /**
   * How long to look for a primary, ms.
   * @default 5000
   */
  readonly selectionMs?: number;
}

/** How long a call waits for a primary. After that, it fails with a retryable error. */
const serverSelectionMs = 5_000;

/** Timeout of a new connection, and of the health check of a server that hangs. */
const connectMs = 5_000;

/**
 * Connections for change streams: one of the shared stream, some of subscribers that catch up, and some that
 * close them.
 */
const feedPoolSize = 8;

/** Closes the connections of change streams that are no longer needed. */
const feedIdleMs = 60_000;

/** The database connection of a process: client, collections and clock. */
export class Connection implements AsyncDisposable {
  readonly client: MongoClient;
  readonly db: Db;
  readonly collections: Collections;
  readonly clock: DatabaseClock;
  /** Of the calls that read from the collections. */
  readonly deadlines = new ReadDeadlines();
  /**
   * Collections of a client of their own. A change stream holds a connection while it waits for events, so
   * subscribers would otherwise take the connections that publishers need. Connects on the first use.
   */
  readonly feedCollections: Collections;
  readonly #feedClient: MongoClient;

  private constructor(client: MongoClient, feedClient: MongoClient, db: Db) {
    this.client = client;
    this.db = db;
    const limits = { ...storeLimits, deadlines: this.deadlines };
    this.collections = getCollections(db, limits);
    this.clock = new DatabaseClock(db);
    this.#feedClient = feedClient;
    this.feedCollections = getCollections(feedClient.db(db.databaseName), limits);
  }

  static async open(options: ConnectionOptions): Promise<Connection> {
    const common = {
      serverSelectionTimeoutMS: options.selectionMs ?? serverSelectionMs,
      connectTimeoutMS: connectMs,
      ignoreUndefined: true,
    };
    const client = new MongoClient(options.uri, {
      ...common,
      appName: applicationName,
      // Events must be stored by a majority. Writes whose loss only repeats a delivery use w:1.
      writeConcern: { w: 'majority' },
      retryWrites: true,
      // Group commits keep few operations in flight. A larger pool would only hide a stall.
      maxPoolSize: 32,
    });
    const feedClient = new MongoClient(options.uri, {
      ...common,
      appName: `${applicationName}-feed`,
      maxPoolSize: feedPoolSize,
      maxIdleTimeMS: feedIdleMs,
      waitQueueTimeoutMS: serverSelectionMs,
    });
    await connect(client).catch(async (error: unknown) => {
      await Promise.all([client.close(), feedClient.close()]);
      throw error;
    });
    const named = new URL(
      options.uri.replace(/^mongodb(\+srv)?:/, 'http:').replace(/,[^/]*/, ''),
    ).pathname.slice(1);
    const connection = new Connection(
      client,
      feedClient,
      client.db(named === '' ? (options.database ?? 'tocsin') : named),
    );
    await connection.clock.sync();
    return connection;
  }

  /**
   * Creates all indexes and waits for them. A server builds them in the background: see
   * services/maintenance/index-builder.ts.
   */
  async prepare(): Promise<void> {
    const indexes = new MongoIndexStore(this.db);
    await Promise.all(indexes.groups.map((group) => indexes.build(group)));
  }

  /** Rejects unless a primary responds. */
  async ping(): Promise<void> {
    await this.db.command({ ping: 1, maxTimeMS: storeLimits.read }, { readPreference: 'primary' });
  }

  async close(): Promise<void> {
    this.clock.stop();
    await this.#feedClient.close();
    await this.client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Connects, and rejects if the deployment cannot be used. */
async function connect(client: MongoClient): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw (hasOnlyResponses(error) ? await diagnose(client) : undefined) ?? error;
  }
  const hello = await client.db('admin').command({ hello: 1 });
  const problem = findDeploymentProblem(hello, client.options.replicaSet);
  if (problem !== undefined) {
    throw new UnsuitableDeploymentError(problem, client.options.hosts[0]?.toString() ?? 'the host');
  }
}

/** How often the offset is measured again. Clocks drift by milliseconds in a minute; leases last seconds. */
const syncEveryMs = 60_000;

/**
 * Database time without a round trip: a monotonic clock plus an offset, measured with `hello`. All processes
 * agree on due times and lease ends, even if their system clocks are wrong or step.
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
