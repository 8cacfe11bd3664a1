import { expect, it } from 'vitest';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';
import {
  callTimeoutMs,
  maintenanceLimits,
  storeLimits,
} from '../../server/src/store/mongo/driver/time-limits.ts';
import { withUnavailableErrors } from '../../server/src/store/mongo/driver/unavailable.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { anEvent } from '../support/builders.ts';
import { useDatabase, useTestMongod } from '../support/fixtures.ts';

/** A separate mongod, because the fail point affects all of its clients. */
const mongod = useTestMongod();

const connection = useDatabase('limits', mongod);

/** Runs a call while mongod ends each command with a time limit at once. */
async function whileAllTimeOut<T>(call: () => Promise<T>): Promise<T> {
  const set = (mode: string) =>
    connection.db.admin().command({ configureFailPoint: 'maxTimeAlwaysTimeOut', mode });
  await set('alwaysOn');
  try {
    return await call();
  } finally {
    await set('off');
  }
}

it('reports a read over its time limit as unavailable, with the way out', async () => {
  const events = withUnavailableErrors(new MongoEventStore(connection.collections));
  const list = () => events.list({}, { cursor: undefined, limit: 1 });
  await expect(whileAllTimeOut(list)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryAfterSeconds: 2,
    message: expect.stringContaining('narrow the filter') as unknown,
  });
});

it('reports an insert over its time limit as one that may be stored', async () => {
  const events = withUnavailableErrors(new MongoEventStore(connection.collections));
  const insert = () => events.insertMany([anEvent()]);
  await expect(whileAllTimeOut(insert)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('may have been stored') as unknown,
  });
});

it('rejects an operation that has no time limit', () => {
  expect(() => connection.collections.events.rename('other')).toThrow('collection.rename has no time limit');
});

it('ends a write no earlier than its caller stops waiting', () => {
  expect(storeLimits.write).toBeGreaterThanOrEqual(callTimeoutMs);
  expect(storeLimits.read).toBeLessThan(callTimeoutMs);
});

it('gives maintenance longer limits', async () => {
  await connection.db.setProfilingLevel('all');
  const { events } = getCollections(connection.db, maintenanceLimits);
  await events.find({ appId: 'app_test' }).toArray();
  await connection.db.setProfilingLevel('off');
  const profiled = await connection.db.collection('system.profile').findOne({ 'command.find': 'events' });
  expect(profiled).toMatchObject({ command: { maxTimeMS: maintenanceLimits.read } });
});
