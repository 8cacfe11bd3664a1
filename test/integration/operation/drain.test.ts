import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { MongoClient } from 'mongodb';
import { startTestApp } from '../../support/app.ts';
import { useTestMongod } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

/** A mongod of its own, because its fail point stops the inserts of all clients. */
const mongod = useTestMongod();

it('a publish that is under way when the process stops gets its answer', async () => {
  await using app = await startTestApp({
    mongoUri: mongod.uri,
    database: `test_${randomBytes(6).toString('hex')}`,
  });
  const appId = await app.createApp();
  await using client = await MongoClient.connect(mongod.uri);
  const setFailPoint = (mode: 'alwaysOn' | 'off') =>
    client.db('admin').command({ configureFailPoint: 'hangDuringBatchInsert', mode });
  await setFailPoint('alwaysOn');
  const publishing = app.rest('POST', `/v1/apps/${appId}/events`, { event: 'user.login', data: loginData });
  const isBlocked = async () => {
    const found = await client
      .db('admin')
      .aggregate([{ $currentOp: {} }, { $match: { 'command.insert': 'events' } }])
      .toArray();
    return found.length;
  };
  await expect.poll(isBlocked).toBe(1);
  const stopped = app.stop();
  await setFailPoint('off');
  await stopped;
  expect((await publishing).status).toBe(202);
});
