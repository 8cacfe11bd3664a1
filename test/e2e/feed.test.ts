import { MongoClient, type ChangeStreamInsertDocument, type Document } from 'mongodb';
import { expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { useTestMongod } from '../support/fixtures.ts';
import { loginData } from '../support/publishing.ts';
import { startServerProcess, testRootToken, type ServerProcess } from '../support/server-process.ts';

/** How often the process that writes the log is killed or suspended. More than once also waits for the next one. */
const rounds = Number(process.env['FEED_KILLS'] ?? 1);

const mongod = useTestMongod();
const appId = 'feed_app';
const takeover = { timeout: 30_000, interval: 100 };

interface Page {
  readonly items: readonly { readonly id: string; readonly cursor: string }[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

async function read(server: ServerProcess, query: Readonly<Record<string, string>>): Promise<Page> {
  const search = new URLSearchParams({ limit: '50', ...query }).toString();
  const response = await fetch(`${server.url}/api/v1/apps/${appId}/feed?${search}`, {
    headers: { authorization: `Bearer ${testRootToken}` },
  });
  const page = (await response.json()) as Page; // checked by the status
  expect({ status: response.status, page }).toMatchObject({ status: 200 });
  return page;
}

async function readIds(server: ServerProcess, from: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let after = from; ids.length < count;) {
    const page = await read(server, { after, waitMs: '1000' });
    ids.push(...page.items.map(({ id }) => id));
    after = page.cursor;
  }
  return ids;
}

it(
  'the feed has each event once, in order, when the process that writes its log is killed or suspended',
  async () => {
    const env = { MONGODB_URI: mongod.uri.replace('/?', '/feed?') };
    await using client = new MongoClient(mongod.uri);
    const db = client.db('feed');
    await using servers = new Servers(env);
    let writer = await servers.start();
    await call(writer, 'apps.create', { id: appId, name: 'Feed' });
    // The first use of the feed starts the log in the process that is asked.
    const { cursor: start } = await read(writer, { start: 'newest' });
    await using commits = db.collection('events').watch<Document, ChangeStreamInsertDocument>();
    await commits.tryNext();
    const order: string[] = [];
    let published = 0;
    const publish = async (server: ServerProcess, count: number) => {
      for (let n = 0; n < count; n++) {
        await call(server, 'events.publish', { appId, event: 'user.login', data: loginData });
        published++;
      }
    };
    const expectAll = async (server: ServerProcess) => {
      while (order.length < published) order.push(String((await commits.next()).documentKey._id));
      expect(await readIds(server, start, published)).toEqual(order);
    };
    const token = async () => (await db.collection('feed_log').findOne())?.['token'] as unknown;
    for (let round = 0; round < rounds; round++) {
      const other = await servers.start();
      await Promise.all([publish(writer, 20), publish(other, 20)]);
      const before = await token();
      writer.signal(round % 2 === 0 ? 'SIGKILL' : 'SIGSTOP');
      await publish(other, 20);
      // Without waiting for another writer.
      await expectAll(other);
      if (rounds === 1) return;
      await expect.poll(token, takeover).not.toEqual(before);
      await publish(other, 20);
      // A suspended process writes on, and changes nothing.
      writer.signal('SIGCONT');
      await publish(other, 20);
      await expectAll(other);
      await writer[Symbol.asyncDispose]();
      writer = other;
    }
  },
  60_000 + rounds * 60_000,
);

/** Processes that end with the test. */
class Servers implements AsyncDisposable {
  readonly #env: Readonly<Record<string, string>>;
  readonly #started: ServerProcess[] = [];

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  async start(): Promise<ServerProcess> {
    const server = await startServerProcess(this.#env);
    this.#started.push(server);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map((server) => server[Symbol.asyncDispose]()));
  }
}
