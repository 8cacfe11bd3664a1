import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTocsinClient } from '../../../client/src/index.ts';
import { createOutbox, mongoOutboxStore } from '../../../client/src/outbox/index.ts';
import { serveMetrics, toMetricsAddress } from '../../../server/src/cli/relay-metrics.ts';
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
    const run = await runCommand(relay, ['--once', '--metrics', '127.0.0.1:0'], env);
    expect(run).toMatchObject({ ended: 0, text: '1 event published, 0 set aside' });
    expect(run.progress.join('\n')).toMatch(/metrics at http:\/\/127\.0\.0\.1:\d+\/metrics/);
    expect((await server.call('events.list', { appId })).items).toHaveLength(1);
    await client.close();
  });

  it('serves metrics while it runs', async () => {
    await using served = await serveMetrics(toMetricsAddress('127.0.0.1:0'), async () =>
      Promise.resolve('a 1\n'),
    );
    const response = await fetch(`http://${served.address}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toBe('a 1\n');
    expect((await fetch(`http://${served.address}/`)).status).toBe(404);
    await using failing = await serveMetrics(toMetricsAddress(':0'), () => Promise.reject(new Error('away')));
    expect((await fetch(`http://${failing.address}/metrics`)).status).toBe(503);
    const port = Number(failing.address.split(':')[1]);
    await expect(serveMetrics({ host: '127.0.0.1', port }, () => Promise.resolve(''))).rejects.toThrow(
      '--metrics: listen EADDRINUSE',
    );
  });

  it.each([
    [
      ['--uri', 'mongodb://127.0.0.1:27017/shop', '--metrics', '9464'],
      '--metrics: must be a host and a port',
    ],
    [[], '--uri: is required'],
    [['--uri', 'mongodb://127.0.0.1:27017/?replicaSet=rs0'], 'must name a database'],
    [['--uri', 'mongodb://u:p@127.0.0.1:27017/shop'], 'has a password'],
  ])('explains %j', async (args, message) => {
    const { ended } = await runCommand(relay, args, { TOCSIN_TOKEN: 'tsk_1' });
    expect(ended).toContain(message);
    expect(ended).not.toContain('u:p');
  });
});
