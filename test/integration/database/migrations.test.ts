import { randomBytes } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { IncompatibleSchemaError, migrate } from '../../../server/src/services/maintenance/migrate.ts';
import type { Migration } from '../../../server/src/domain/ports/schema-store.ts';
import { getCollections } from '../../../server/src/store/mongo/documents/collections.ts';
import type { SchemaDoc } from '../../../server/src/store/mongo/documents/system.ts';
import { migrations } from '../../../server/src/store/mongo/schema/migrations/list.ts';
import { MongoSchemaStore } from '../../../server/src/store/mongo/schema/migrations/schema-store.ts';
import { call } from '../../support/call.ts';
import { runCli } from '../../support/cli-process.ts';
import { loginData } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { startServerProcess, testRootToken, type ServerProcess } from '../../support/server-process.ts';

const known = migrations.length;
const next = known + 1;
/** The version that this release's own migrations require. */
const required = Math.max(
  0,
  ...migrations.filter((one) => one.compatibility === 'incompatible').map(({ version }) => version),
);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function databaseOfItsOwn() {
  const name = `schema_${randomBytes(6).toString('hex')}`;
  const uri = inject('mongoUri').replace(/\/(\?|$)/, `/${name}$1`);
  const client = new MongoClient(uri);
  const db = client.db(name);
  return {
    uri,
    db,
    schema: async () => await db.collection<SchemaDoc>('schema').findOne({ _id: 'schema' }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const nextRelease = (uri: string, env: Readonly<Record<string, string>> = {}) =>
  runCli('test/support/migrating-process.ts', [], {
    env: { MONGODB_URI: uri, ...env },
    ...(env['STOP_AT_HALF'] === undefined ? {} : { killWhen: /half/ }),
  });

async function addThings(db: Db, count: number): Promise<void> {
  await db.collection('things').insertMany(Array.from({ length: count }, (_, n) => ({ n })));
}

/** What a server of this release does at its start, with `migrations` instead of its own. */
async function migrateWith(db: Db, list: readonly Migration[]): Promise<void> {
  const schema = new MongoSchemaStore(getCollections(db), { now: () => Date.now() });
  await migrate({ schema, migrations: list, holder: 'newer', log: silent });
}

const additive = (version: number): Migration => ({
  version,
  name: `step ${version}`,
  compatibility: 'additive',
  run: () => Promise.resolve(),
});
const upTo = (version: number) => Array.from({ length: version }, (_, index) => additive(index + 1));

async function publish(server: ServerProcess): Promise<number> {
  const response = await fetch(`${server.url}/v1/apps/beside/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${testRootToken}` },
    body: JSON.stringify({ event: 'user.login', data: loginData }),
  });
  return response.status;
}

it('gives versions without gaps to the migrations', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
});

it('runs a migration once when two processes start at once', async () => {
  await using database = databaseOfItsOwn();
  await addThings(database.db, 100);
  const runs = await Promise.all([nextRelease(database.uri), nextRelease(database.uri)]);
  for (const run of runs) expect([run.ended, run.output]).toEqual([0, expect.stringContaining('migrated')]);
  expect(await database.db.collection('runs').countDocuments()).toBe(1);
  const schema = await database.schema();
  expect(schema).toMatchObject({ version: next, requires: required });
  expect(schema?.applied.map(({ version }) => version)).toEqual(
    Array.from({ length: next }, (_, index) => index + 1),
  );
  expect(schema).not.toHaveProperty('holder');
});

it('is finished by the next process when the one that migrates is killed midway', async () => {
  await using database = databaseOfItsOwn();
  await addThings(database.db, 60);
  const killed = await nextRelease(database.uri, { STOP_AT_HALF: 'true', LEASE_MS: '1000' });
  expect(killed.ended).toBe('SIGKILL');
  expect(await database.schema()).toMatchObject({ version: known, holder: expect.any(String) as string });
  const second = await nextRelease(database.uri);
  expect(second.ended).toBe(0);
  expect(await database.schema()).toMatchObject({ version: next });
  expect(await database.db.collection('things').countDocuments({ mark: 1 })).toBe(60);
  // By process: on a busy machine, the first one can lose its short lease and start again before it is killed.
  expect(await database.db.collection('runs').distinct('pid')).toHaveLength(2);
});

it('an older process runs beside a newer one, restarts, and logs that it is older', async () => {
  await using database = databaseOfItsOwn();
  await using receiver = await Receiver.start();
  {
    await using older = await startServerProcess({ MONGODB_URI: database.uri });
    await call(older, 'apps.create', { id: 'beside', name: 'Beside' });
    await call(older, 'webhooks.create', { appId: 'beside', url: receiver.url, events: ['user.login'] });
    await migrateWith(database.db, upTo(next));
    expect(await database.schema()).toMatchObject({ version: next, requires: required });
    expect(await publish(older)).toBe(202);
    await receiver.waitFor(1);
  }
  await using again = await startServerProcess({ MONGODB_URI: database.uri });
  expect(await publish(again)).toBe(202);
  await receiver.waitFor(2);
  await expect.poll(() => again.output()).toContain('a newer release upgraded the database');
});

it('an older process does not start on an incompatibly changed database, nor during the change', async () => {
  await using database = databaseOfItsOwn();
  await migrateWith(database.db, upTo(known));
  let requiredMeanwhile: number | undefined;
  const incompatible: Migration = {
    ...additive(next),
    compatibility: 'incompatible',
    run: async () => {
      requiredMeanwhile = (await database.schema())?.requires;
    },
  };
  await migrateWith(database.db, [...upTo(known), incompatible]);
  expect(requiredMeanwhile).toBe(next);
  await expect(migrateWith(database.db, upTo(known))).rejects.toThrow(IncompatibleSchemaError);
  await expect(startServerProcess({ MONGODB_URI: database.uri })).rejects.toThrow(
    `Tocsin cannot start: the database has schema version ${next} and requires a server that supports version ${next}; ` +
      `this one supports version ${known}`,
  );
});

it('stops a migration whose lease another process has taken, and does not write its version', async () => {
  await using database = databaseOfItsOwn();
  const schema = new MongoSchemaStore(getCollections(database.db), { now: () => Date.now() });
  await migrateWith(database.db, upTo(known));
  let runs = 0;
  const robbed: Migration = {
    ...additive(next),
    run: async (signal) => {
      if (++runs > 1) return;
      await database.db
        .collection<SchemaDoc>('schema')
        .updateOne({ _id: 'schema' }, { $set: { holder: 'thief', until: new Date(Date.now() + 700) } });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  };
  await migrate({
    schema,
    migrations: [...upTo(known), robbed],
    holder: 'robbed',
    log: silent,
    leaseMs: 3_000,
    pollMs: 20,
  });
  expect(runs).toBe(2);
  const { applied } = (await database.schema()) ?? { applied: [] };
  expect(applied.filter(({ version }) => version === next)).toHaveLength(1);
});
