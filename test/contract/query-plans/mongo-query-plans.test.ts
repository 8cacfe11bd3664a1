import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient, type Document } from 'mongodb';
import { beforeAll, expect, it } from 'vitest';
import { partitionCount } from '../../../server/src/domain/partition.ts';
import { Connection } from '../../../server/src/store/mongo/connection.ts';
import { getCollections } from '../../../server/src/store/mongo/documents/collections.ts';
import { boundedScan, maxExamined } from '../../../server/src/store/mongo/driver/read-list.ts';
import { useTestMongod } from '../../support/fixtures.ts';
import { createStoreCalls } from './calls.ts';
import { Profiler, type ProfiledCommand } from './profiler.ts';
import { insertSample } from './sample-data.ts';

/** A separate mongod, because its profiler records the commands of all clients of a database. */
const mongod = useTestMongod();

const appName = 'stores';

/** Keys that a command may examine for each document that it returns or changes. */
const keysPerResult = 10;
/** Keys of a command that finds nothing: a list merges the types of its events, each with up to two keys. */
const keysWithoutResult = 40;

/** Classes that the calls leave out. */
const otherClasses: Readonly<Record<string, string>> = {
  MongoIndexStore: 'reads and builds indexes only',
  MongoNotifications: 'reads a capped collection of 256 KiB from its end',
  MongoEventFeed: 'reads a change stream',
  MongoFeedSource: 'reads a change stream',
};

/** Methods whose commands may examine more. */
const exceptions: Readonly<Record<string, string>> = {
  'MongoDeliveryStore.resume': 'examines the waiting deliveries of one webhook, when a user changes its URL',
  'MongoAccountCountStore.count': 'counts what the limits of an account bound',
};

interface MethodCommand extends ProfiledCommand {
  readonly method: string;
}

let commands: MethodCommand[];
let driven: Map<string, readonly string[]>;
/** Commands as the driver sent them. */
const sent: Document[] = [];
/** The same, by the method that sent them. */
const sentBy = new Map<string, readonly Document[]>();

beforeAll(async () => {
  const database = `plans_${randomUUID()}`;
  await using connection = await Connection.open({ uri: mongod.uri, database });
  await connection.prepare();
  const sample = await insertSample(connection);
  await using client = new MongoClient(mongod.uri, {
    appName,
    ignoreUndefined: true,
    monitorCommands: true,
  });
  client.on('commandStarted', ({ command }) => sent.push(command));
  const db = client.db(database);
  const profiler = await Profiler.start(connection.db, appName);
  commands = [];
  driven = new Map();
  for (const [store, methods] of Object.entries(
    createStoreCalls({ client, db, collections: getCollections(db) }, sample),
  )) {
    driven.set(store, Object.keys(methods));
    for (const [name, calls] of Object.entries(methods)) {
      const method = `${store}.${name}`;
      const before = sent.length;
      for (const call of calls) await call();
      sentBy.set(method, sent.slice(before));
      commands.push(...(await profiler.take()).map((command) => ({ ...command, method })));
    }
  }
  await profiler.stop();
}, 300_000);

/** The exported classes of the store whose names begin with Mongo. */
async function findClasses(): Promise<Map<string, readonly string[]>> {
  const folder = join(import.meta.dirname, '../../../server/src/store/mongo');
  const files = await readdir(folder, { recursive: true });
  const modules = await Promise.all(
    files
      .filter((file) => file.endsWith('.ts'))
      // `as`: the exports of a module that is only known by its path.
      .map(async (file) => (await import(join(folder, file))) as Record<string, unknown>),
  );
  const classes = modules
    .flatMap((exports) => Object.entries(exports))
    .filter(([name, value]) => name.startsWith('Mongo') && typeof value === 'function')
    // `as`: the filter leaves functions only.
    .map(([name, value]): [string, string[]] => [name, methodsOf(value as { prototype: object })]);
  return new Map(classes);
}

function methodsOf({ prototype }: { prototype: object }): string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
}

/** The ids that a command names. A look-up examines a key for each, found or not. */
function countNamedIds(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countNamedIds(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  return fields.reduce((sum, [field, inner]) => {
    const isIds = field === '_id' && typeof inner === 'object' && inner !== null && '$in' in inner;
    return sum + (isIds && Array.isArray(inner.$in) ? inner.$in.length : countNamedIds(inner));
  }, 0);
}

/** Keys that the command may examine: by its results, or by the limit that it scans up to. */
function toAllowedKeys({ command, results }: ProfiledCommand): number {
  const { filter, q, query, pipeline, comment } = command;
  const named = countNamedIds([filter, q, query, pipeline]);
  const stages = Array.isArray(pipeline) ? (pipeline as Document[]) : [];
  const limit = stages.find((stage) => '$limit' in stage)?.['$limit'] as number | undefined;
  const bound = limit ?? (comment === boundedScan ? maxExamined : 0);
  return Math.max(keysPerResult * results, bound) + 2 * named + keysWithoutResult;
}

function describeCommand({ method, ns, planSummary, keysExamined, results, command }: MethodCommand): string {
  const { filter, q, query, pipeline, comment } = command;
  const text = JSON.stringify(filter ?? q ?? query ?? pipeline)?.slice(0, 300);
  const where = ns.split('.').slice(1).join('.');
  return `${method} on ${where}: ${planSummary}, ${keysExamined} keys for ${results} results, ${comment ?? ''} ${text}`;
}

it('drives every method of every store', async () => {
  for (const [name, methods] of await findClasses()) {
    if (name in otherClasses) continue;
    expect({ name, methods: [...(driven.get(name) ?? [])].sort() }).toEqual({
      name,
      methods: [...methods].sort(),
    });
  }
});

it('scans no collection', () => {
  const scans = commands.filter(({ planSummary }) => planSummary.includes('COLLSCAN'));
  expect(scans.filter(({ method }) => !(method in exceptions)).map(describeCommand)).toEqual([]);
});

it('examines few keys for each result', () => {
  const expensive = commands.filter((command) => command.keysExamined > toAllowedKeys(command));
  expect(expensive.filter(({ method }) => !(method in exceptions)).map(describeCommand)).toEqual([]);
});

it('finds the heads of a partition by seeking from webhook to webhook, without a document', () => {
  const scans = commands.filter(({ method }) => method === 'MongoDeliveryQueue.findHeads');
  expect(scans).toHaveLength(partitionCount);
  expect([...new Set(scans.map(({ planSummary }) => planSummary))]).toEqual([
    'DISTINCT_SCAN { partition: 1, webhookId: 1, nextAt: 1, _id: 1 }',
  ]);
  expect(Math.max(...scans.map(({ docsExamined }) => docsExamined))).toBe(0);
  // One seek for each webhook, and one that finds the end, however many deliveries wait.
  expect(scans.filter(({ keysExamined, results }) => keysExamined > 2 * results + 1)).toEqual([]);
  expect(scans.some(({ results }) => results > 0)).toBe(true);
});

it('finds the types of a list by seeking from one to the next, without a document', () => {
  const scans = commands.filter(({ command }) => 'distinct' in command && command['distinct'] === 'events');
  expect(new Set(scans.map(({ method }) => method))).toEqual(
    new Set(['MongoEventStore.list', 'MongoDeliveryStore.list', 'MongoFeedLog.listIds']),
  );
  expect(new Set(scans.map(({ planSummary }) => planSummary))).toEqual(
    new Set([
      'DISTINCT_SCAN { appId: 1, type: 1, _id: -1 }',
      'DISTINCT_SCAN { accountId: 1, type: 1, _id: -1 }',
    ]),
  );
  expect(Math.max(...scans.map(({ docsExamined }) => docsExamined))).toBe(0);
  // A customer has three types, and thousands of events.
  expect(Math.max(...scans.map(({ keysExamined }) => keysExamined))).toBeLessThan(10);
});

it('reads from a majority what an entry owes, because it is closed next', () => {
  // The first command finds the entries.
  const [, ...sentReads] = sentBy.get('MongoDeliveryQueue.readEntries') ?? [];
  const reads = sentReads.filter((command) => 'find' in command);
  expect(reads.map((command): unknown => command['find'])).toEqual(['events', 'deliveries']);
  for (const command of reads) expect(command['readConcern']).toEqual({ level: 'majority' });
});

it('gives each command a time limit', () => {
  // The driver ends transactions and cursors by itself, and index builds have no limit.
  const withoutLimit = [
    'commitTransaction',
    'abortTransaction',
    'getMore',
    'killCursors',
    'endSessions',
    'createIndexes',
  ];
  const unlimited = sent.filter(
    (command) => command['maxTimeMS'] === undefined && !withoutLimit.some((name) => name in command),
  );
  expect(unlimited.map((command) => JSON.stringify(command).slice(0, 200))).toEqual([]);
});
