import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTocsinClient } from '../../../client/src/index.ts';
import { createOutbox, mongoOutboxStore } from '../../../client/src/outbox/index.ts';
import { relay } from '../../../server/src/cli/relay.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { runCommand } from '../../support/run-command.ts';

let server: TestApp;
let mongo: MongoClient;
const database = `outbox_${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  server = await startTestApp();
  mongo = new MongoClient(inject('mongoUri'));
});

afterAll(async () => {
  await mongo.close();
  await server[Symbol.asyncDispose]();
});

describe('tocsin relay', () => {
  it('publishes the events of an outbox and exits when it is empty', async () => {
    const appId = await server.createApp();
    const client = createTocsinClient({ url: server.url, token: server.rootToken });
    const outbox = createOutbox({ client, store: mongoOutboxStore(mongo.db(database)) });
    await mongo.withSession((session) =>
      session.withTransaction(async () => {
        const data = { licenseKey: 'key-1', status: 'revoked' } as const;
        await outbox.publish('license.revoked', { appId, data }, { session });
      }),
    );
    const env = {
      TOCSIN_URL: server.url,
      TOCSIN_TOKEN: server.rootToken,
      OUTBOX_MONGODB_URI: inject('mongoUri').replace('/?', `/${database}?`),
    };
    const run = await runCommand(relay, ['--once'], env);
    expect(run).toMatchObject({ ended: 0, text: '1 event published, 0 set aside' });
    expect((await server.call('events.list', { appId })).items).toHaveLength(1);
    await client.close();
  });

  it.each([
    [[], '--uri: is required'],
    [['--uri', 'mongodb://127.0.0.1:27017/?replicaSet=rs0'], 'must name a database'],
    [['--uri', 'mongodb://u:p@127.0.0.1:27017/shop'], 'has a password'],
  ])('explains %j', async (args, message) => {
    const { ended } = await runCommand(relay, args, { TOCSIN_TOKEN: 'tsk_1' });
    expect(ended).toContain(message);
    expect(ended).not.toContain('u:p');
  });
});
