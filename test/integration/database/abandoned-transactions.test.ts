import { MongoClient } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { applicationName } from '../../../server/src/store/mongo/driver/abandoned-transactions.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { MongoRelay } from '../../support/mongo-relay.ts';

const app = useTestApp();

/** Begins a change of a webhook as a process that is then killed: its connections break, its locks stay. */
async function dieInChange(webhookId: string): Promise<void> {
  await using relay = await MongoRelay.start(inject('mongoUri'));
  // Not closed, because the driver would end the session.
  const client = new MongoClient(relay.uri, { appName: applicationName });
  const db = client.db(app.database);
  const session = client.startSession();
  session.startTransaction();
  await db
    .collection<{ _id: string }>('webhooks')
    .updateOne({ _id: webhookId }, { $set: { description: 'never committed' } }, { session });
  await db.collection('changes').updateOne({ kind: 'counter' }, { $inc: { last: 1 } }, { session });
}

it('goes on with changes of all accounts after a process was killed in the middle of one', async () => {
  const webhook = { url: 'http://127.0.0.1:9/', events: ['license.revoked'] };
  const created = await app.call('webhooks.create', { appId: await app.createApp(), ...webhook });
  await dieInChange(created.id);

  const accountId = await app.createAccount();
  expect(await app.createApp({ accountId })).toMatch(/^app_/);
  expect(await app.call('webhooks.update', { id: created.id, rateLimit: 7 })).toMatchObject({
    description: created.description,
    rateLimit: 7,
  });
});
