import { randomBytes } from 'node:crypto';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient, MongoError, MongoServerError } from 'mongodb';
import { beforeAll, describe, test } from 'vitest';
import { createApp } from '../../../server/src/app/app.ts';
import { readConfig } from '../../../server/src/config.ts';
import {
  startEmbeddedDatabase,
  type EmbeddedDatabase,
} from '../../../server/src/embedded/embedded-database.ts';
import { loadOrCreateMongodCredentials } from '../../../server/src/embedded/mongod-credentials.ts';
import { findMongodOn } from '../../../server/src/embedded/mongod-process.ts';
import { startMongod } from '../../../server/src/embedded/mongod.ts';
import { becomePrimaryOfOne, connectDirectly } from '../../../server/src/embedded/replica-set.ts';
import { readCommandLine } from '../../../server/src/embedded/running-process.ts';
import type { RunningMongod } from '../../../server/src/embedded/running-mongod.ts';
import { createLog } from '../../../server/src/telemetry/log.ts';
import { createDatabaseFolder } from '../../support/database-folder.ts';
import { findTestMongod, testMongodOptions } from '../../support/mongod.ts';

let binary: string;

beforeAll(async () => {
  binary = await findTestMongod();
}, 300_000);

/** A data folder of one test. The tests run side by side, because a start of mongod mostly waits. */
interface Scene {
  readonly dataDir: string;
  /** What the starts reported. */
  readonly lines: readonly string[];
  readonly report: (line: string) => void;
  readonly startDatabase: () => Promise<EmbeddedDatabase>;
  /** A mongod as versions before the password started it. */
  readonly startWithoutPassword: () => Promise<RunningMongod>;
}

const it = test.extend<{ scene: Scene }>({
  scene: async ({ task }, use) => {
    const dataDir = await createDatabaseFolder(`password-${task.id}`);
    const lines: string[] = [];
    const report = (line: string) => void lines.push(line);
    await use({
      dataDir,
      lines,
      report,
      startDatabase: async () =>
        await startEmbeddedDatabase({
          dataDir,
          mongodBinary: binary,
          cacheDir: join(dataDir, 'cache'),
          report,
        }),
      startWithoutPassword: async () =>
        await startMongod({ ...testMongodOptions, binary, dataDir: join(dataDir, 'mongo'), report }),
    });
    const left = await findMongodOn(join(dataDir, 'mongo'));
    left?.signal('SIGKILL');
    await left?.exited;
    await rm(dataDir, { recursive: true, force: true });
  },
});

async function insertNote(uri: string): Promise<void> {
  await using client = new MongoClient(uri);
  await client.db('tocsin').collection('notes').insertOne({ text: 'here' });
}

async function countNotes(uri: string, serverSelectionTimeoutMS = 30_000): Promise<number> {
  await using client = new MongoClient(uri, { serverSelectionTimeoutMS });
  return await client.db('tocsin').collection('notes').countDocuments();
}

/** The error codes of everything that a program without the password could try. */
async function tryWithoutPassword(port: number): Promise<unknown[]> {
  await using client = connectDirectly(port);
  const commands = [
    ['tocsin', { find: 'keys' }],
    ['tocsin', { insert: 'keys', documents: [{ _id: 'planted' }] }],
    ['admin', { createUser: 'mallory', pwd: 'mallory', roles: ['root'] }],
    ['admin', { listDatabases: 1 }],
    ['admin', { replSetGetConfig: 1 }],
    ['admin', { shutdown: 1 }],
  ] as const;
  return await Promise.all(
    commands.map(async ([database, command]) =>
      client
        .db(database)
        .command(command)
        .then(
          () => 'allowed',
          (error: unknown) => (error instanceof MongoServerError ? error.codeName : error),
        ),
    ),
  );
}

const refused = Array.from({ length: 6 }, () => 'Unauthorized');

describe.concurrent('the embedded mongod', () => {
  it('asks for a password from the first start on', async ({ scene, expect }) => {
    const { startDatabase } = scene;
    await using database = await startDatabase();
    expect(await tryWithoutPassword(database.mongod.port)).toEqual(refused);
    await insertNote(database.uri);
  });

  it('has a password that only the owner of DATA_DIR can read, and that appears nowhere', async ({
    scene,
    expect,
  }) => {
    const { dataDir, lines, startDatabase } = scene;
    await using database = await startDatabase();
    await insertNote(database.uri);
    const credentials = await loadOrCreateMongodCredentials(dataDir);
    const texts = [await readCommandLine(database.mongod.pid), ...lines];
    texts.push(await readFile(join(dataDir, 'mongo', 'mongod.log'), 'utf8'));
    texts.push(await readFile(join(dataDir, 'mongo', 'tocsin-mongod.json'), 'utf8'));
    for (const secret of [credentials.password, credentials.key]) {
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
    for (const name of ['mongo-password', 'mongo-keyfile']) {
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
    }
    expect(database.secrets).toEqual([credentials.password, credentials.key]);
  });

  it('lets the server do all that it has to', async ({ scene, expect }) => {
    const { startDatabase } = scene;
    await using database = await startDatabase();
    const problems: string[] = [];
    const log = createLog('warn', { destination: { write: (line) => void problems.push(line) } });
    const config = readConfig({ ALLOW_PRIVATE_TARGETS: 'false' });
    await using app = await createApp({
      ...config,
      mongodbUri: database.uri,
      rootToken: 'a_root_token_of_tests',
      encryptionKey: randomBytes(32),
      allowPrivateTargets: false,
      log,
    });
    const ready = async () => (await app.http.inject('/readyz')).json<unknown>();
    await expect.poll(ready).toMatchObject({ status: 'ready', checks: { database: 'ok', indexes: 'ok' } });
    expect(problems).toEqual([]);
  });

  it('repairs the mode of a restored password and key', async ({ scene, expect }) => {
    const { dataDir, startDatabase } = scene;
    await (await startDatabase()).stop();
    await chmod(join(dataDir, 'mongo-keyfile'), 0o644);
    await chmod(join(dataDir, 'mongo-password'), 0o644);
    await using database = await startDatabase();
    await insertNote(database.uri);
    expect((await stat(join(dataDir, 'mongo-password'))).mode & 0o777).toBe(0o600);
  });
});

describe.concurrent('a data folder from before the password', () => {
  it('gets one at the next start, on another port too, and keeps its data', async ({ scene, expect }) => {
    const { dataDir, startDatabase, startWithoutPassword } = scene;
    const old = await startWithoutPassword();
    await insertNote(old.uri);
    await old.stop();
    await rm(join(dataDir, 'mongo', 'tocsin-mongod.json'));

    await using database = await startDatabase();

    expect(await countNotes(database.uri)).toBe(1);
    expect(await tryWithoutPassword(database.mongod.port)).toEqual(refused);
  });

  it('gets one although its mongod was left running', async ({ scene, expect }) => {
    const { lines, startDatabase, startWithoutPassword } = scene;
    const old = await startWithoutPassword();
    await insertNote(old.uri);

    await using database = await startDatabase();

    expect(lines).toContain(`restarting mongod (process ${old.pid}), which runs without a password`);
    expect(database.mongod.pid).not.toBe(old.pid);
    expect(await countNotes(database.uri)).toBe(1);
    expect(await tryWithoutPassword(database.mongod.port)).toEqual(refused);
  });

  it('loses the users that another program has left in it', async ({ scene, expect }) => {
    const { startDatabase, startWithoutPassword } = scene;
    const old = await startWithoutPassword();
    await insertNote(old.uri);
    await using admin = connectDirectly(old.port);
    await admin.db('admin').command({ createUser: 'mallory', pwd: 'mallory', roles: ['root'] });
    await admin.db('tocsin').command({ createUser: 'tocsin', pwd: 'mallory', roles: ['dbOwner'] });
    await old.stop();

    await using database = await startDatabase();

    for (const [username, source] of [
      ['mallory', 'admin'],
      ['tocsin', 'tocsin'],
    ] as const) {
      await using client = connectDirectly(database.mongod.port, { username, password: 'mallory', source });
      await expect(client.db('tocsin').command({ listCollections: 1 })).rejects.toThrow(
        'Authentication failed',
      );
    }
    expect(await countNotes(database.uri)).toBe(1);
  });
});

describe.concurrent('a start that ended at any step', () => {
  it.for(['the key alone', 'the password alone', 'both'])(
    'is completed if it left %s',
    async (left, { scene, expect }) => {
      const { dataDir, startDatabase, startWithoutPassword } = scene;
      const old = await startWithoutPassword();
      await insertNote(old.uri);
      await old.stop();
      await loadOrCreateMongodCredentials(dataDir);
      if (left === 'the key alone') await rm(join(dataDir, 'mongo-password'));
      if (left === 'the password alone') await rm(join(dataDir, 'mongo-keyfile'));

      await using database = await startDatabase();

      expect(await countNotes(database.uri)).toBe(1);
    },
  );

  it('is completed if mongod has authentication and no primary or user yet', async ({ scene, expect }) => {
    const { dataDir, report, startDatabase } = scene;
    const credentials = await loadOrCreateMongodCredentials(dataDir);
    const stopping = new AbortController();
    const first = startMongod({
      ...testMongodOptions,
      binary,
      dataDir: join(dataDir, 'mongo'),
      report,
      credentials,
      signal: stopping.signal,
    });
    const isListening = async () => (await findMongodOn(join(dataDir, 'mongo'))) !== undefined;
    await expect.poll(isListening).toBe(true);
    stopping.abort(new Error('killed'));
    await expect(first).rejects.toThrow('killed');

    await using database = await startDatabase();

    await insertNote(database.uri);
    expect(await tryWithoutPassword(database.mongod.port)).toEqual(refused);
  });

  it('is completed if the password or the key was replaced, also under a running mongod', async ({
    scene,
    expect,
  }) => {
    const { dataDir, startDatabase } = scene;
    const first = await startDatabase();
    await insertNote(first.uri);
    await writeFile(join(dataDir, 'mongo-password'), `${'a'.repeat(64)}\n`);
    await writeFile(join(dataDir, 'mongo-keyfile'), `${'b'.repeat(64)}\n`);

    await using second = await startDatabase();

    expect(second.uri).toContain('a'.repeat(64));
    expect(await countNotes(second.uri)).toBe(1);
    // The second mongod may have another port.
    await expect(countNotes(first.uri, 2_000)).rejects.toThrow(MongoError);
  });

  it('adopts a mongod with the same key that a killed server left', async ({ scene, expect }) => {
    const { startDatabase } = scene;
    const first = await startDatabase();
    await insertNote(first.uri);

    await using second = await startDatabase();

    expect([second.mongod.pid, second.mongod.isAdopted]).toEqual([first.mongod.pid, true]);
    expect(await countNotes(second.uri)).toBe(1);
  });
});

it('a wrong password is reported at once, without the password', async ({ scene, expect }) => {
  const { startDatabase } = scene;
  await using database = await startDatabase();
  const login = { username: '__system', password: 'not_the_key_of_this_mongod', source: 'local' };
  const failure: unknown = await becomePrimaryOfOne(
    database.mongod,
    AbortSignal.timeout(20_000),
    login,
  ).catch((error: unknown) => error);
  expect(String(failure)).toContain('Authentication failed');
  expect(String(failure)).not.toContain(login.password);
});
