import { execFileSync } from 'node:child_process';
import { MongoClient } from 'mongodb';
import { expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { startTestMongod } from '../support/mongod.ts';
import { loginData } from '../support/publishing.ts';
import { Receiver } from '../support/receiver.ts';
import { ownPidNamespace, startServerProcess } from '../support/server-process.ts';

/** Not every kernel lets a user create a pid namespace. */
const canIsolate = (() => {
  try {
    execFileSync(ownPidNamespace[0] ?? '', [...ownPidNamespace.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!canIsolate)('containers with the same host name and pid keep their own leases', async () => {
  await using mongod = await startTestMongod();
  // The request of the first container stays in flight.
  await using receiver = await Receiver.start({ answer: 'hang' });
  const uri = mongod.uri.replace('/?', '/tocsin?');
  const env = { MONGODB_URI: uri, DELIVERY_TIMEOUT_MS: '60000' };
  await using first = await startServerProcess(env, ownPidNamespace);
  await call(first, 'apps.create', { id: 'app', name: 'App' });
  await call(first, 'webhooks.create', { appId: 'app', url: receiver.url, events: ['user.login'] });
  await call(first, 'events.publish', { appId: 'app', event: 'user.login', data: loginData });
  await receiver.waitFor(1);

  await using _second = await startServerProcess(env, ownPidNamespace);
  await using client = new MongoClient(uri);
  const registered = client
    .db('tocsin')
    .collection<{ host: string; pid: number; state: string }>('processes');
  const [one, two] = await registered.find().toArray();
  expect([one?.pid, two?.pid]).toEqual([1, 1]);
  expect(one?.host).toBe(two?.host);
  expect([one?.state, two?.state]).toEqual(['live', 'live']);
  expect(receiver.requests).toHaveLength(1);
});

it.skipIf(!canIsolate)('a container takes over at once from the one that had its INSTANCE', async () => {
  await using mongod = await startTestMongod();
  const uri = mongod.uri.replace('/?', '/tocsin?');
  const env = { MONGODB_URI: uri, INSTANCE: 'worker-0' };
  await using client = new MongoClient(uri);
  const owners = async () => {
    const docs = await client
      .db('tocsin')
      .collection<{ _id: number; owner: string | null }>('partitions')
      .find()
      .toArray();
    return [...new Set(docs.map(({ owner }) => owner))];
  };
  await using before = await startServerProcess(env, ownPidNamespace);
  const [first] = await owners();
  before.signal('SIGKILL');
  await before.exited;

  await using _after = await startServerProcess(env, ownPidNamespace);
  // The server owns its partitions before it says that it runs.
  const [second, ...others] = await owners();
  expect(second).not.toBe(first);
  expect(second).not.toBeNull();
  expect(others).toEqual([]);
});
