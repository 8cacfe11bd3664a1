import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { anEvent, delivered, firstDeliveryOf } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { startTestMongod } from '../support/mongod.ts';

/** The driver retries a failed write once, so a fault has to last longer to be visible. */
const often = { times: 4 };

/** A separate mongod, because its faults affect all of its clients. */
let mongod: Awaited<ReturnType<typeof startTestMongod>>;

beforeAll(async () => {
  mongod = await startTestMongod();
});

afterAll(async () => {
  await mongod[Symbol.asyncDispose]();
});

async function open() {
  const connection = await Connection.open({ uri: mongod.uri, database: `faults_${randomUUID()}` });
  await connection.prepare();
  return connection;
}

async function setFault(connection: Connection, mode: object | string, data?: object): Promise<void> {
  const admin = connection.db.admin();
  await admin.command({ configureFailPoint: 'failCommand', mode, ...(data === undefined ? {} : { data }) });
}

const faults = [
  ['the connection breaks', { closeConnection: true }],
  ['the primary steps down', { errorCode: 11602, errorLabels: ['RetryableWriteError'] }],
  [
    'the write was not replicated',
    { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } },
  ],
] as const;

afterEach(async () => {
  await using connection = await open();
  await setFault(connection, 'off');
});

it.each(faults)('does not report an event as stored when %s', async (_, fault) => {
  await using connection = await open();
  const events = new MongoEventStore(connection.collections);
  await setFault(connection, often, { failCommands: ['insert'], appName: 'tocsin', ...fault });
  const entry = { token: undefined, until: 0 };
  await expect(events.insertMany([anEvent(), anEvent()], entry)).rejects.toThrow(Error);
});

it.each(faults)('does not report a result as stored when %s', async (_, fault) => {
  await using connection = await open();
  const queue = new MongoDeliveryQueue(connection.collections, new FakeClock());
  const result = delivered(firstDeliveryOf(anEvent(), 't.0'), 0);
  await setFault(connection, often, { failCommands: ['insert'], appName: 'tocsin', ...fault });
  await expect(queue.writeResults([result])).rejects.toThrow(Error);
});

it('waits for a majority before it accepts an event and stores its first result', async () => {
  await using connection = await open();
  const { db, collections } = connection;
  await db.setProfilingLevel('all');
  const event = anEvent();
  await new MongoEventStore(collections).insertMany([event], { token: 't.0', until: 0 });
  const queue = new MongoDeliveryQueue(collections, new FakeClock());
  await queue.writeResults([delivered(firstDeliveryOf(event, 't.0'), 0)]);
  await db.setProfilingLevel('off');
  const inserts = await db
    .collection('system.profile')
    .find({ op: 'insert' }, { projection: { 'command.insert': 1, 'command.writeConcern': 1 } })
    .toArray();
  expect(inserts.map(({ command }) => command as unknown)).toEqual([
    { insert: 'events', writeConcern: expect.objectContaining({ w: 'majority' }) as unknown },
    { insert: 'deliveries', writeConcern: expect.objectContaining({ w: 'majority' }) as unknown },
  ]);
});
