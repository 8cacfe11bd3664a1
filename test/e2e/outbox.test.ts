import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { MongoClient, type Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { createTocsinClient } from '../../client/src/index.ts';
import {
  createOutbox,
  mongoOutboxStore,
  type Outbox,
  type OutboxRelay,
} from '../../client/src/outbox/index.ts';
import { call } from '../support/call.ts';
import { endWithParent } from '../support/end-with-parent.ts';
import { findBundle } from '../support/find-bundle.ts';
import { startTestReplicaSet } from '../support/mongod.ts';
import { startServerProcess, testRootToken } from '../support/server-process.ts';

/** Each round kills two services, the server and the database. More for a soak of 200 kills: CRASH_ROUNDS=100. */
const rounds = Math.ceil(Number(process.env['CRASH_ROUNDS'] ?? 2) / 2);

const apps = ['shop_0', 'shop_1', 'shop_2'];

/** A process that takes orders and runs a relay. */
async function startService(name: string, mongoUri: string, url: string) {
  const args = [findBundle('test/support/outbox-service.ts'), name, mongoUri, url, testRootToken];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  endWithParent(child.pid ?? 0, exited);
  await once(child.stdout, 'data');
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/**
 * Waits while the relay makes progress: a long soak leaves a backlog of many minutes.
 *
 * @throws Error with what the relay says, after half a minute without progress
 */
async function untilEmpty(outbox: Pick<Outbox<never, never>, 'stats'>, relay: OutboxRelay): Promise<void> {
  let pending = Infinity;
  const count = async () => (pending = (await outbox.stats()).pending);
  while ((await count()) > 0) {
    const options = { timeout: 30_000, message: JSON.stringify(relay.counts) };
    await expect.poll(count, options).toBeLessThan(pending);
  }
}

/** The random time is the point of this test, so it waits for no condition. */
async function runBriefly(): Promise<void> {
  await wait(200 + Math.random() * 600);
}

/**
 * The orders of an app in the order of commits. Ids have none within a millisecond, and a collection has none
 * after the recovery of a database that was killed.
 */
async function listPublished(
  mongo: MongoClient,
  startAtOperationTime: Timestamp,
  appId: string,
): Promise<string[]> {
  const events = mongo.db('tocsin').collection<{ appId: string; data: string }>('events');
  const count = await events.countDocuments({ appId });
  const inserts = [{ $match: { operationType: 'insert', 'fullDocument.appId': appId } }];
  await using changes = events.watch(inserts, { startAtOperationTime });
  const orders: string[] = [];
  while (orders.length < count) {
    const change = await changes.next();
    if (change.operationType !== 'insert') continue;
    orders.push((JSON.parse(change.fullDocument.data) as { licenseKey: string }).licenseKey);
  }
  return orders;
}

/** Returns the orders of each process, which are named by it. */
function groupByProcess(orders: readonly string[]): string[][] {
  const processes = new Map<string, string[]>();
  for (const order of orders) {
    const process = order.slice(0, order.lastIndexOf('-'));
    processes.set(process, [...(processes.get(process) ?? []), order]);
  }
  return [...processes.values()];
}

it(
  'publishes every committed order once and in order, whatever is killed',
  { timeout: 180_000 + rounds * 60_000 },
  async () => {
    await using set = await startTestReplicaSet({ members: 1 });
    const [member] = set.members;
    if (member === undefined) throw new Error('a set has a member');
    const env = { MONGODB_URI: set.uri.replace('/?', '/tocsin?') };
    const mongo = new MongoClient(set.uri);
    const { operationTime } = await mongo.db('admin').command({ ping: 1 });
    const startedAt = operationTime as Timestamp; // of a member of a replica set
    let server = await startServerProcess(env);
    const { url } = server;
    for (const id of apps) await call(server, 'apps.create', { id, name: id });
    const names = ['one', 'two'];
    const services = await Promise.all(names.map((name) => startService(name, set.uri, url)));
    for (let round = 0; round < rounds; round++) {
      for (const [index, name] of names.entries()) {
        await runBriefly();
        await services[index]?.kill();
        services[index] = await startService(name, set.uri, url);
      }
      await runBriefly();
      server.signal('SIGKILL');
      await server.exited;
      await runBriefly();
      server = await startServerProcess({ ...env, PORT: new URL(url).port });
      await runBriefly();
      await member.kill();
      await runBriefly();
      await member.restart();
      await runBriefly();
    }
    for (const service of services) await service.kill();

    const client = createTocsinClient({ url, token: testRootToken });
    const outbox = createOutbox({ client, store: mongoOutboxStore(mongo.db('shop')), logger: {} });
    const relay = outbox.relay({ leaseMs: 1_000, searchMs: 500 });
    await untilEmpty(outbox, relay);
    expect((await outbox.stats()).setAside).toBe(0);
    for (const appId of apps) {
      const committed = (await mongo.db('shop').collection('orders').distinct('order', { appId })).map(
        String,
      );
      const published = await listPublished(mongo, startedAt, appId);
      expect(committed.length).toBeGreaterThan(0);
      expect(published.toSorted()).toEqual(committed.toSorted());
      for (const orders of groupByProcess(published)) expect(orders).toEqual(orders.toSorted());
    }
    await relay.close();
    await client.close();
    await mongo.close();
    await server[Symbol.asyncDispose]();
  },
);
