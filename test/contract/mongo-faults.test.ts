import { randomUUID } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';
import { toPartition } from '../../server/src/domain/partition.ts';
import { endAbandonedTransactions } from '../../server/src/store/mongo/driver/abandoned-transactions.ts';
import { inTransaction } from '../../server/src/store/mongo/driver/in-transaction.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { anEvent, delivered, firstDeliveryOf } from '../support/builders.ts';
import { useDatabase, useTestMongod } from '../support/fixtures.ts';

/** The driver retries a failed write once, so a fault has to last longer to be visible. */
const often = { times: 4 };

/** A separate mongod, because its faults affect all of its clients. */
const mongod = useTestMongod();
const connection = useDatabase('faults', mongod);

async function setFault(mode: object | string, data?: object): Promise<void> {
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
  await setFault('off');
});

it.each(faults)('does not report an event as stored when %s', async (_, fault) => {
  const events = new MongoEventStore(connection.collections);
  await setFault(often, { failCommands: ['insert'], appName: 'tocsin', ...fault });
  await expect(events.insertMany([anEvent(), anEvent()])).rejects.toThrow(Error);
});

it.each(faults)('does not report a result as stored when %s', async (_, fault) => {
  const queue = new MongoDeliveryQueue(connection.collections);
  const result = delivered(firstDeliveryOf(anEvent()), 0);
  await setFault(often, { failCommands: ['insert'], appName: 'tocsin', ...fault });
  await expect(queue.writeResults([result])).rejects.toThrow(Error);
});

it('waits for a majority before it accepts an event and stores its first result', async () => {
  const { db, collections } = connection;
  await db.setProfilingLevel('all');
  const event = anEvent();
  await new MongoEventStore(collections).insertMany([event]);
  const queue = new MongoDeliveryQueue(collections);
  await queue.writeResults([delivered(firstDeliveryOf(event), 0)]);
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

it('waits for a majority before it closes the gap of an entry, and reads open entries of a majority', async () => {
  const { db, collections } = connection;
  const [first, lost] = [anEvent(), anEvent()];
  await new MongoEventStore(collections).insertMany([first, lost]);
  await collections.events.deleteOne({ _id: lost.id });
  const queue = new MongoDeliveryQueue(collections);
  await db.setProfilingLevel('all');
  const search = { after: undefined, acceptedBefore: Date.now(), limit: 10 };
  const entries = await queue.findOpenEntries({
    ...search,
    partitions: [toPartition(first.targets[0] ?? '')],
  });
  await queue.closeGaps(entries);
  await db.setProfilingLevel('off');
  const profile = db.collection('system.profile');
  expect(
    await profile.findOne({ 'command.insert': 'events', 'command.documents.tombstone': true }),
  ).toMatchObject({
    command: { writeConcern: { w: 'majority' } },
  });
  expect(
    await profile.findOne({ 'command.find': 'events', 'command.filter.open': { $exists: true } }),
  ).toMatchObject({ command: { readConcern: { level: 'majority' } } });
});

describe('a transaction', () => {
  /** A document that an open transaction locks. */
  async function lockOne() {
    const counters = connection.db.collection<{ _id: string; value: number }>('counters');
    const _id = randomUUID();
    await counters.insertOne({ _id, value: 0 });
    const session = connection.client.startSession();
    session.startTransaction();
    await counters.updateOne({ _id }, { $inc: { value: 100 } }, { session });
    return {
      session,
      increment: (by: ClientSession) => counters.updateOne({ _id }, { $inc: { value: 1 } }, { session: by }),
      read: async () => (await counters.findOne({ _id }))?.value,
      [Symbol.asyncDispose]: () => session.endSession(),
    };
  }

  const endAbandoned = async (idleMs: number) => await endAbandonedTransactions(connection.client, idleMs);

  it('is ended once its process has left it alone for too long', async () => {
    await using locked = await lockOne();
    expect(await endAbandoned(60_000)).toBe(0);
    await expect.poll(async () => await endAbandoned(50)).toBe(1);
    expect(await endAbandoned(0)).toBe(0);
    await inTransaction(connection.client, locked.increment);
    expect(await locked.read()).toBe(1);
    await expect(locked.session.commitTransaction()).rejects.toThrow(/aborted/);
  });

  it('is applied once if it is ended while its process is suspended', async () => {
    await using locked = await lockOne();
    await locked.session.abortTransaction();
    let attempts = 0;
    await inTransaction(connection.client, async (session) => {
      attempts += 1;
      await locked.increment(session);
      if (attempts === 1) await expect.poll(async () => await endAbandoned(50)).toBe(1);
    });
    expect([attempts, await locked.read()]).toEqual([2, 1]);
  });

  it('is given up with a retryable error if it conflicts for too long, and not applied later', async () => {
    await using locked = await lockOne();
    const until = performance.now() + 100;
    await expect(inTransaction(connection.client, locked.increment, until)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterSeconds: 2,
    });
    await locked.session.commitTransaction();
    expect(await locked.read()).toBe(100);
  });
});
