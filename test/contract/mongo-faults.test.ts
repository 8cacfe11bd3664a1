import { afterEach, expect, it } from 'vitest';
import { toPartition } from '../../server/src/domain/partition.ts';
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
