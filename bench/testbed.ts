import { MongoClient, type Db } from 'mongodb';
import { defaultAccountId } from '../server/src/domain/account-limits.ts';
import { findMongod } from '../server/src/embedded/find-mongod.ts';
import { defaultCacheDir } from '../server/src/embedded/mongod-cache.ts';
import { startMongod } from '../server/src/embedded/mongod.ts';
import type { RunningMongod } from '../server/src/embedded/running-mongod.ts';
import { getCollections, type Collections } from '../server/src/store/mongo/documents/collections.ts';
import { callProcedure } from './api.ts';
import type { Bench } from './bench.ts';
import { Cleanup } from './cleanup.ts';
import { eventType } from './payload.ts';
import type { Processes } from './processes.ts';
import { startServer, type Server } from './server.ts';
import { Worker } from './worker.ts';
import type { PublisherCommands, PublishTarget } from './workers/publisher.ts';
import type { SinkCommands } from './workers/sink.ts';

export const sinkScript = new URL('workers/sink.ts', import.meta.url);
const publisherScript = new URL('workers/publisher.ts', import.meta.url);

export interface TestbedOptions {
  /** Additional environment variables of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The environment of a scenario: an empty database, the server, a sink and a publisher. Each is a new
 * process, so that scenarios do not share warm caches or garbage.
 */
export class Testbed implements AsyncDisposable {
  readonly bench: Bench;
  readonly mongod: RunningMongod;
  readonly db: Db;
  readonly collections: Collections;
  readonly sink: Worker<SinkCommands>;
  readonly sinkUrl: string;
  readonly publisher: Worker<PublisherCommands>;
  readonly #cleanup: Cleanup;
  readonly #env: Readonly<Record<string, string>>;
  readonly #workers: Server[] = [];
  #server: Server | undefined;
  /** API keys by account. */
  readonly #keys = new Map<string, string>();

  private constructor(
    bench: Bench,
    parts: Pick<Testbed, 'mongod' | 'db' | 'sink' | 'sinkUrl' | 'publisher'>,
    own: { cleanup: Cleanup; env: Readonly<Record<string, string>> },
  ) {
    this.bench = bench;
    this.mongod = parts.mongod;
    this.db = parts.db;
    this.collections = getCollections(parts.db);
    this.sink = parts.sink;
    this.sinkUrl = parts.sinkUrl;
    this.publisher = parts.publisher;
    this.#cleanup = own.cleanup;
    this.#env = own.env;
  }

  static async open(bench: Bench, options: TestbedOptions = {}): Promise<Testbed> {
    await using opened = new Cleanup();
    const sink = opened.use(new Worker<SinkCommands>(bench.processes, sinkScript));
    const publisher = opened.use(new Worker<PublisherCommands>(bench.processes, publisherScript));
    const mongod = await startTemporaryMongod(bench.processes, opened);
    const { url: sinkUrl } = await sink.call('listen', undefined);
    const client = await MongoClient.connect(mongod.uri);
    opened.defer(() => client.close());
    const testbed = new Testbed(
      bench,
      { mongod, db: client.db('tocsin'), sink, sinkUrl, publisher },
      { cleanup: opened.move(), env: options.env ?? {} },
    );
    try {
      await testbed.startServer();
      return testbed;
    } catch (error) {
      await testbed[Symbol.asyncDispose]();
      throw error;
    }
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('the server is not running');
    return this.#server;
  }

  async startServer(): Promise<void> {
    this.#server = await startServer(this.bench.processes, this.bench.options, {
      ...this.#env,
      MONGODB_URI: this.mongod.uriFor('tocsin'),
    });
  }

  /** Starts another process that only sends. It runs until the end of the scenario. */
  async startWorker(): Promise<void> {
    this.#workers.push(
      await startServer(this.bench.processes, this.bench.options, {
        ...this.#env,
        ROLE: 'worker',
        MONGODB_URI: this.mongod.uriFor('tocsin'),
      }),
    );
  }

  /** The processes of the product: the server and the workers. */
  get productPids(): readonly number[] {
    return [this.server, ...this.#workers].map(({ child }) => child.pid);
  }

  async stopServer(): Promise<void> {
    await this.#server?.child.stop();
    this.#server = undefined;
  }

  /**
   * Starts another publisher, for load that must not share a process with the measured one. The caller
   * disposes it.
   */
  startPublisher(): Worker<PublisherCommands> {
    return new Worker<PublisherCommands>(this.bench.processes, publisherScript);
  }

  /** Creates an account, for an app that must not share limits with the measured one. */
  async createAccount(): Promise<string> {
    const { id } = await callProcedure<{ id: string }>(this.server.url, 'accounts.create', { name: 'bench' });
    return id;
  }

  /** Creates an app with webhooks at these paths of the sink, and a key that can publish to it. */
  async createApp(
    paths: readonly string[],
    accountId: string = defaultAccountId,
  ): Promise<{ target: PublishTarget; webhookIds: string[] }> {
    const { url } = this.server;
    const app = await callProcedure<{ id: string }>(url, 'apps.create', { name: 'bench', accountId });
    const webhookIds: string[] = [];
    for (const path of paths) {
      const webhook = await callProcedure<{ id: string }>(url, 'webhooks.create', {
        appId: app.id,
        url: `${this.sinkUrl}${path}`,
        events: [eventType],
        profile: 'authforge',
      });
      webhookIds.push(webhook.id);
    }
    return { target: { url, token: await this.#getKey(accountId), appId: app.id }, webhookIds };
  }

  /** An API key, because the rate limits do not apply to the root token. */
  async #getKey(accountId: string): Promise<string> {
    const known = this.#keys.get(accountId);
    if (known !== undefined) return known;
    const { key } = await callProcedure<{ key: string }>(this.server.url, 'keys.create', {
      accountId,
      name: 'bench',
      scopes: ['events:publish'],
    });
    this.#keys.set(accountId, key);
    return key;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.stopServer(), ...this.#workers.map(({ child }) => child.stop())]);
    await this.#cleanup[Symbol.asyncDispose]();
  }
}

async function startTemporaryMongod(processes: Processes, opened: Cleanup): Promise<RunningMongod> {
  const report = () => {};
  const binary = await findMongod({
    mongodBinary: process.env['MONGOD_BINARY'],
    cacheDir: defaultCacheDir(process.env['XDG_CACHE_HOME']),
    report,
  });
  const folder = await processes.createFolder();
  opened.defer(() => folder.remove());
  // Without options, mongod has the product's settings, including the cache of 1 GB.
  const mongod = await startMongod({ binary, dataDir: folder.path, report });
  folder.user = mongod.pid;
  opened.defer(async () => {
    folder.user = undefined;
    await mongod.kill();
  });
  return mongod;
}
