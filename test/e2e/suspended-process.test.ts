import { MongoClient } from 'mongodb';
import { expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { useReceiver, useTestMongod } from '../support/fixtures.ts';
import { loginData } from '../support/publishing.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

/** A mongod of its own: its fail point strikes every client that it has. */
const mongod = useTestMongod();
const receiver = useReceiver();

const appId = 'suspended';

it('a process that was suspended during a change obeys it, although the notification is lost', async () => {
  const env = { MONGODB_URI: mongod.uri.replace('/?', '/tocsin?') };
  await using one = await startServerProcess(env);
  await using other = await startServerProcess(env);
  await using client = new MongoClient(mongod.uri);
  const targetsOf = async (process: ServerProcess) =>
    (await call(process, 'events.publish', { appId, event: 'user.login', data: loginData })).deliveries;
  await call(one, 'apps.create', { id: appId, name: 'Suspended' });
  expect(await targetsOf(other)).toBe(0);
  await client.db('admin').command({
    configureFailPoint: 'failCommand',
    mode: 'alwaysOn',
    data: { failCommands: ['insert'], namespace: 'tocsin.signal_log', errorCode: 2 },
  });

  other.signal('SIGSTOP');
  // Answered although the other process cannot apply it, once its caches are no longer valid.
  await call(one, 'webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
  const targets = targetsOf(other);
  other.signal('SIGCONT');
  expect(await targets).toBe(1);
});
