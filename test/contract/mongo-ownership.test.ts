import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoPartitionStore } from '../../server/src/store/mongo/ownership/partition-store.ts';
import { MongoProcessStore } from '../../server/src/store/mongo/ownership/process-store.ts';
import { ownershipContract } from './ownership-contract.ts';

async function open(database = `ownership_${randomUUID()}`) {
  const connection = await Connection.open({ uri: inject('mongoUri'), database });
  return {
    connection,
    processes: new MongoProcessStore(connection.collections),
    partitions: new MongoPartitionStore(connection.collections),
    openAnother: () => open(database),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

ownershipContract('MongoDB', open);

it('the lease of a process from a release without leases can be fenced', async () => {
  await using h = await open();
  const { processes } = h.connection.collections;
  await processes.insertOne({
    _id: 'old',
    host: 'h',
    pidSpace: 'n',
    pid: 7,
    role: 'all',
    startedAt: new Date(),
  });
  const [old] = (await h.partitions.read()).processes;
  expect(old).toMatchObject({ state: 'live', until: 0, sends: false, pidStart: null });
  expect(await h.processes.fence('old', 0)).toBe(true);
});
