import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { MongoClient } from 'mongodb';
import { startTestApp } from '../../support/app.ts';
import { useTestMongod } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

/** A mongod of its own, since it is made slow. */
const mongod = useTestMongod();

it('a publish that is under way when the process stops gets its answer', async () => {
  await using app = await startTestApp({
    mongoUri: mongod.uri,
    database: `test_${randomBytes(6).toString('hex')}`,
  });
  const appId = await app.createApp();
  await using client = await MongoClient.connect(mongod.uri);
  await client.db('admin').command({
    configureFailPoint: 'failCommand',
    mode: { times: 1 },
    data: { failCommands: ['insert'], appName: 'tocsin', blockConnection: true, blockTimeMS: 800 },
  });
  const publishing = app.rest('POST', `/v1/apps/${appId}/events`, { event: 'user.login', data: loginData });
  const isBlocked = async () => {
    const found = await client
      .db('admin')
      .aggregate([{ $currentOp: {} }, { $match: { 'command.insert': 'events' } }])
      .toArray();
    return found.length;
  };
  await expect.poll(isBlocked).toBe(1);
  await app.stop();
  expect((await publishing).status).toBe(202);
});
