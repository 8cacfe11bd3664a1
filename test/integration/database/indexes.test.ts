import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { MongoClient, type Db } from 'mongodb';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { IndexBuilder } from '../../../server/src/services/maintenance/index-builder.ts';
import { MongoIndexStore } from '../../../server/src/store/mongo/schema/index-store.ts';
import type { IndexSpec } from '../../../server/src/store/mongo/schema/index-spec.ts';
import { indexSpecs } from '../../../server/src/store/mongo/schema/indexes.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { useTestMongod } from '../../support/fixtures.ts';
import { subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

/** A separate mongod, because its fail point stops the index builds of all clients. */
const mongod = useTestMongod();
let client: MongoClient;

beforeAll(() => {
  client = new MongoClient(mongod.uri);
});

afterEach(async () => {
  await resumeBuilds();
});

afterAll(async () => {
  await client.close();
});

const count = 10_000;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Builds stop in the middle of the documents that `fill` has put there. */
async function stopBuilds(): Promise<void> {
  await client.db('admin').command({
    configureFailPoint: 'hangIndexBuildDuringCollectionScanPhaseBeforeInsertion',
    mode: 'alwaysOn',
    data: { fieldsToMatch: { n: count / 2 } },
  });
}

async function resumeBuilds(): Promise<void> {
  await client
    .db('admin')
    .command({ configureFailPoint: 'hangIndexBuildDuringCollectionScanPhaseBeforeInsertion', mode: 'off' });
}

async function fill(db: Db, collection: string): Promise<void> {
  const docs = Array.from({ length: count }, (_, n) => ({ appId: 'old', webhookId: 'old', n }));
  await db.collection(collection).insertMany(docs);
}

/** A database that has been in use, without one of its indexes. */
async function databaseWithout(collection: string, index: string): Promise<string> {
  const database = `indexes_${randomBytes(6).toString('hex')}`;
  await using app = await startTestApp({ mongoUri: mongod.uri, database });
  await expect.poll(async () => await namesOf(app.db, collection)).toContain(index);
  await app.db.collection(collection).dropIndex(index);
  await fill(app.db, collection);
  return database;
}

async function namesOf(db: Db, collection: string): Promise<string[]> {
  const indexes = await db.collection(collection).indexes();
  return indexes.flatMap(({ name }) => name ?? []);
}

async function readyz(app: TestApp) {
  const answer = await app.rest('GET', '/readyz', undefined, { token: null });
  const { checks, indexes } = answer.json as { checks: object; indexes?: object[] };
  return { status: answer.status, checks, indexes };
}

/** Waits until the build has reached the document at which it stops. */
async function untilStopped(db: Db, collection: string): Promise<void> {
  const store = new MongoIndexStore(db);
  await expect.poll(async () => (await store.getProgress()).get(collection)).toBe(50);
}

it('starts, accepts and delivers while a list index is built, and reports the progress', async () => {
  const database = await databaseWithout('deliveries', 'by_app_status');
  await stopBuilds();
  await using receiver = await Receiver.start();
  const lines: { msg: string; index?: string }[] = [];
  const log = pino(
    {},
    { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  );
  await using app = await startTestApp({ mongoUri: mongod.uri, database, log });
  const { publish } = await subscribe(app, receiver.url);
  await publish();
  await receiver.waitFor(1);
  await untilStopped(app.db, 'deliveries');
  const ready = await readyz(app);
  expect(ready).toMatchObject({ status: 200, checks: { delivery: 'ok', indexes: 'building' } });
  expect(ready.indexes).toContainEqual({ index: 'deliveries.by_app_status', state: 'building', percent: 50 });
  const stats = await app.call('system.stats');
  expect(stats).toMatchObject({ delivery: 'ok', indexes: ready.indexes });
  const { key } = await app.createKey({ scopes: ['deliveries:read'] });
  expect((await app.call('system.stats', {}, { token: key })).indexes).toEqual([]);
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'building an index', index: 'deliveries.by_app_status' }),
  );

  await resumeBuilds();
  await expect.poll(() => readyz(app)).toMatchObject({ status: 200, checks: { indexes: 'ok' } });
  expect(await namesOf(app.db, 'deliveries')).toContain('by_app_status');
});

it('accepts events while the queue index is missing, and sends them once it is built', async () => {
  const database = await databaseWithout('events', 'open_by_partition');
  await stopBuilds();
  await using receiver = await Receiver.start();
  await using app = await startTestApp({ mongoUri: mongod.uri, database });
  const { publish } = await subscribe(app, receiver.url);
  await publish();
  await untilStopped(app.db, 'events');
  expect(await readyz(app)).toMatchObject({ status: 200, checks: { delivery: 'waiting_for_index' } });
  expect((await app.trpc('deliveries.list', {})).status).toBe(200);
  expect(receiver.requests).toEqual([]);

  await resumeBuilds();
  await receiver.waitFor(1);
  await expect.poll(() => readyz(app)).toMatchObject({ checks: { delivery: 'ok' } });
});

it.each([
  ['waits for', 'idempotency', 'starting'],
  ['does not wait for', 'open_by_partition', 'started'],
] as const)('%s the index events.%s, however little patience it has', async (_, index, state) => {
  const db = client.db(await databaseWithout('events', index));
  await stopBuilds();
  const builder = new IndexBuilder({ indexes: new MongoIndexStore(db), log: silent, waitMs: 1 });
  let seen: 'starting' | 'started' = 'starting';
  const starting = builder.start().then(() => (seen = 'started'));
  await untilStopped(db, 'events');
  // It reads the progress of the build before it returns.
  if (state === 'started') await starting;
  expect(seen).toBe(state);
  await resumeBuilds();
  await starting;
  await expect.poll(() => namesOf(db, 'events')).toContain(index);
  builder.stop();
});

it('does not start if a unique index has duplicates, and reveals none of their values', async () => {
  const database = await databaseWithout('events', 'idempotency');
  const twins = [1, 2].map(() => ({ appId: 'twins', key: 'key-of-a-customer' }));
  await client.db(database).collection('events').insertMany(twins);
  await expect(startTestApp({ mongoUri: mongod.uri, database })).rejects.toThrow(
    /^events\.idempotency cannot be built: documents have equal values of a unique key$/,
  );
});

it('drops a replaced index only after the new one is built', async () => {
  const db = client.db(`indexes_${randomBytes(6).toString('hex')}`);
  await fill(db, 'deliveries');
  await db.collection('deliveries').createIndex({ appId: 1 }, { name: 'old' }, undefined);
  await stopBuilds();
  const specs: IndexSpec[] = [
    {
      collection: 'deliveries',
      name: 'new',
      key: { appId: 1, _id: -1 },
      neededFor: 'reading',
      replaces: ['old'],
    },
  ];
  const builder = new IndexBuilder({ indexes: new MongoIndexStore(db, specs), log: silent, waitMs: 1 });
  await builder.start();
  await untilStopped(db, 'deliveries');
  expect(await namesOf(db, 'deliveries')).toContain('old');
  await resumeBuilds();
  await expect.poll(() => builder.status()).toEqual([]);
  expect(await namesOf(db, 'deliveries')).toEqual(['_id_', 'new']);
  builder.stop();
});

it('accepts an index under another name, but creates those that queries name as hints', async () => {
  const db = client.db(`indexes_${randomBytes(6).toString('hex')}`);
  await db
    .collection('deliveries')
    .createIndex({ appId: 1, status: 1, _id: -1 }, { name: 'lists' }, undefined);
  await db
    .collection('deliveries')
    .createIndex(
      { partition: 1, webhookId: 1, nextAt: 1, _id: 1 },
      { name: 'queue', partialFilterExpression: { nextAt: { $exists: true } } },
      undefined,
    );
  const builder = new IndexBuilder({ indexes: new MongoIndexStore(db), log: silent });
  // On a busy machine, the last builds end after the start.
  await builder.start();
  await expect.poll(async () => await namesOf(db, 'deliveries')).toContain('waiting');
  const names = await namesOf(db, 'deliveries');
  expect(names).toContain('lists');
  expect(names).not.toContain('by_app_status');
  expect(names).not.toContain('queue');
  builder.stop();
});

it.each([
  ['refuses to start', 'waiting', false],
  ['starts, and says so', 'by_webhook_status', true],
] as const)('%s when another index has the name %s', async (_, name, starts) => {
  const database = `indexes_${randomBytes(6).toString('hex')}`;
  await client.db(database).collection('deliveries').createIndex({ other: 1 }, { name }, undefined);
  const starting = startTestApp({ mongoUri: mongod.uri, database });
  if (!starts) {
    await expect(starting).rejects.toThrow(
      `deliveries.${name} conflicts with an index that this release needs; drop it and restart`,
    );
    return;
  }
  await using app = await starting;
  expect(await readyz(app)).toMatchObject({
    status: 200,
    checks: { indexes: 'conflicting' },
    indexes: [{ index: `deliveries.${name}`, state: 'conflicting', percent: null }],
  });
});

it('builds every index once when several processes start at once', async () => {
  const db = client.db(`indexes_${randomBytes(6).toString('hex')}`);
  const builders = [1, 2, 3].map(() => new IndexBuilder({ indexes: new MongoIndexStore(db), log: silent }));
  await Promise.all(builders.map((builder) => builder.start()));
  for (const builder of builders) {
    await expect.poll(() => builder.status()).toEqual([]);
    builder.stop();
  }
  const wanted = indexSpecs.filter(({ collection }) => collection === 'deliveries').map(({ name }) => name);
  expect((await namesOf(db, 'deliveries')).sort()).toEqual(['_id_', ...wanted].sort());
});
