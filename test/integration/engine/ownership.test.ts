import { randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
import { describe, expect, inject, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { startServerProcess, testRootToken } from '../../support/server-process.ts';

const shared = () => ({
  database: `test_${randomBytes(8).toString('hex')}`,
  env: { ROOT_TOKEN: testRootToken, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') },
});

/** The numbers of partitions that processes own, and null for free ones. */
async function readShares(db: Db): Promise<number[]> {
  const docs = await db
    .collection('partitions')
    .find({ owner: { $ne: null } })
    .toArray();
  const owners = docs.map((doc) => String(doc['owner']));
  return [...new Set(owners)].map((owner) => owners.filter((one) => one === owner).length);
}

const readProcesses = async (db: Db) => await db.collection('processes').find().toArray();

describe('partitions', () => {
  it('are all owned once a server has started, and free after it has stopped', async () => {
    const app = await startTestApp();
    expect(await readShares(app.db)).toEqual([128]);
    expect(await readProcesses(app.db)).toMatchObject([{ state: 'live', sends: true, role: 'all', form: 2 }]);
    await app.stop();
    expect(await readShares(app.db)).toEqual([]);
    expect(await readProcesses(app.db)).toEqual([]);
    await app[Symbol.asyncDispose]();
  });

  it('are shared with a second process at once, and go back when it stops', async () => {
    const { database, env } = shared();
    await using one = await startTestApp({ database, env });
    await using api = await startTestApp({ database, env: { ...env, ROLE: 'api' } });
    await using two = await startTestApp({ database, env });
    await expect.poll(async () => await readShares(one.db)).toEqual([64, 64]);
    const processes = await readProcesses(one.db);
    expect(processes.filter((process) => process['sends'] === true)).toHaveLength(2);
    expect(processes).toHaveLength(3);
    await two.stop();
    await expect.poll(async () => await readShares(one.db)).toEqual([128]);
    expect(await readProcesses(api.db)).toHaveLength(2);
  });

  it('of a killed process go to another one of the host with its next heartbeat', async () => {
    const { database, env } = shared();
    await using app = await startTestApp({ database, env });
    const MONGODB_URI = inject('mongoUri').replace('/?', `/${database}?`);
    await using neighbor = await startServerProcess({ MONGODB_URI, ROLE: 'worker' });
    await expect.poll(async () => await readShares(app.db)).toEqual([64, 64]);
    neighbor.signal('SIGKILL');
    await neighbor.exited;
    // Its lease does not end during the test.
    const until = new Date(Date.now() + 3_600_000);
    await app.db.collection('processes').updateOne({ role: 'worker' }, { $set: { until } });
    await expect.poll(async () => await readShares(app.db)).toEqual([128]);
    await expect.poll(async () => (await readProcesses(app.db)).length).toBe(1);
  });
});
