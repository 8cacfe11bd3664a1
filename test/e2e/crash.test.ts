import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { MongoClient, type Db } from 'mongodb';
import { beforeEach, describe, expect, it, onTestFailed, vi } from 'vitest';
import { call } from '../support/call.ts';
import { CrashLoad } from '../support/crash-load.ts';
import { subscribeCrash } from '../support/crash-scene.ts';
import { startTestMongod, startTestReplicaSet } from '../support/mongod.ts';
import { loginData } from '../support/publishing.ts';
import { Receiver } from '../support/receiver.ts';
import { startServerProcess, testRootToken } from '../support/server-process.ts';
import { untilIdle } from '../support/until-idle.ts';

/** More for a soak: CRASH_ROUNDS=20. */
const rounds = Number(process.env['CRASH_ROUNDS'] ?? 2);

/** A round in which a process has to wait for the lease of a dead one takes 15 s and more. */
vi.setConfig({ testTimeout: Math.max(180_000, rounds * 30_000) });

/** Determines the times of the crashes. A failed test prints it; CRASH_SEED=<number> repeats them. */
const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);

/** Requests that may be repeated by one crash: those in flight to one webhook, and unwritten results. */
const mostInFlight = 32 + 64;

/**
 * Checks that every accepted event was received and is stored as delivered. Returns the number of duplicates.
 */
async function audit(load: CrashLoad, receiver: Receiver, db: Db, crashes: number): Promise<number> {
  const received = new Map<string, number>();
  for (const request of receiver.requests) {
    const id = String(request.headers['webhook-id']);
    received.set(id, (received.get(id) ?? 0) + 1);
  }
  const lost = [...load.accepted].filter((id) => !received.has(id));
  expect(lost).toEqual([]);
  const duplicates = receiver.requests.length - received.size;
  expect(duplicates).toBeLessThanOrEqual(crashes * mostInFlight);
  const delivered = await db.collection('deliveries').distinct('eventId', { status: 'delivered' });
  const known = new Set(delivered.map(String));
  expect([...load.accepted].filter((id) => !known.has(id))).toEqual([]);
  return duplicates;
}

/** The time of each crash within its range, in thousandths. */
let crashTimes: number[];

beforeEach(() => {
  crashTimes = fc.sample(fc.integer({ min: 0, max: 1_000 }), { seed, numRuns: 2 * rounds });
  onTestFailed(() => void process.stderr.write(`CRASH_SEED=${seed}\n`));
});

/**
 * Runs until the crash, under full load. The random time is the point of these tests, so this waits for no condition.
 */
async function runFor(load: CrashLoad, minMs: number, maxMs: number): Promise<void> {
  load.hurry();
  await wait(minMs + ((crashTimes.shift() ?? 0) / 1_000) * (maxMs - minMs));
}

describe('nothing accepted is lost', () => {
  it('when the server is killed at any moment, again and again', async () => {
    await using mongod = await startTestMongod();
    await using receiver = await Receiver.start();
    const client = new MongoClient(mongod.uri);
    const db = client.db('tocsin');
    const env = { MONGODB_URI: mongod.uri.replace('/?', '/tocsin?'), RETRY_SCHEDULE: '200ms,500ms,1s' };
    let server = await startServerProcess(env);
    await subscribeCrash(server, receiver.url);
    const load = new CrashLoad(16, 'crash');
    for (let round = 0; round < rounds; round++) {
      load.aimAt(server.url);
      await runFor(load, 300, 1_200);
      server.signal('SIGKILL');
      await server.exited;
      load.aimAt(undefined);
      load.relax();
      // The lease of the dead process does not end during the test, so nothing can wait for its end.
      await db.collection('processes').updateMany({}, { $set: { until: new Date(Date.now() + 3_600_000) } });
      const before = receiver.requests.length;
      server = await startServerProcess(env);
      load.aimAt(server.url);
      await expect.poll(() => receiver.requests.length).toBeGreaterThan(before);
    }
    await load.stop();
    await untilIdle(db, 40_000);
    await audit(load, receiver, db, rounds);
    await server[Symbol.asyncDispose]();
    await client.close();
  });

  it('when the database is killed at any moment and comes back', async () => {
    await using set = await startTestReplicaSet({ members: 1 });
    const [member] = set.members;
    if (member === undefined) throw new Error('a set has a member');
    await using receiver = await Receiver.start();
    await using server = await startServerProcess({ MONGODB_URI: set.uri.replace('/?', '/tocsin?') });
    await subscribeCrash(server, receiver.url);
    const load = new CrashLoad(16, 'crash');
    load.aimAt(server.url);
    const times = Math.max(1, Math.floor(rounds / 2));
    for (let round = 0; round < times; round++) {
      await runFor(load, 300, 1_200);
      await member.kill();
      await runFor(load, 100, 1_500);
      await member.restart();
      load.relax();
      const before = load.accepted.size;
      await expect.poll(() => load.accepted.size, { timeout: 30_000 }).toBeGreaterThan(before);
    }
    await load.stop();
    const client = new MongoClient(set.uri);
    await untilIdle(client.db('tocsin'), 40_000);
    // A result that the database forgot is sent again: those of the last 100 ms, its journal's interval.
    await audit(load, receiver, client.db('tocsin'), times * 50);
    await client.close();
  });

  it('when the server and its database are killed together', async () => {
    await using set = await startTestReplicaSet({ members: 1 });
    const [member] = set.members;
    if (member === undefined) throw new Error('a set has a member');
    await using receiver = await Receiver.start();
    const env = { MONGODB_URI: set.uri.replace('/?', '/tocsin?') };
    let server = await startServerProcess(env);
    await subscribeCrash(server, receiver.url);
    const load = new CrashLoad(16, 'crash');
    const times = Math.max(1, Math.floor(rounds / 2));
    for (let round = 0; round < times; round++) {
      load.aimAt(server.url);
      await runFor(load, 300, 1_200);
      server.signal('SIGKILL');
      await member.kill();
      await server.exited;
      load.aimAt(undefined);
      load.relax();
      const before = receiver.requests.length;
      await member.restart();
      server = await startServerProcess(env);
      load.aimAt(server.url);
      await expect.poll(() => receiver.requests.length, { timeout: 20_000 }).toBeGreaterThan(before);
    }
    await load.stop();
    const client = new MongoClient(set.uri);
    await untilIdle(client.db('tocsin'), 40_000);
    await audit(load, receiver, client.db('tocsin'), times);
    await server[Symbol.asyncDispose]();
    await client.close();
  });

  it('when the partitions move to another process, handed over or taken after a death', async () => {
    await using mongod = await startTestMongod();
    await using receiver = await Receiver.start();
    const env = { MONGODB_URI: mongod.uri.replace('/?', '/tocsin?') };
    let owner = await startServerProcess(env);
    await subscribeCrash(owner, receiver.url);
    const load = new CrashLoad(16, 'crash');
    load.aimAt(owner.url);
    for (let round = 0; round < rounds; round++) {
      const next = await startServerProcess(env);
      // Its publishers find the webhook at this process or at the other one.
      load.aimAt(next.url);
      await runFor(load, 100, 1_200);
      owner.signal(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      await owner.exited;
      load.relax();
      owner = next;
      const before = receiver.requests.length;
      await expect.poll(() => receiver.requests.length, { timeout: 20_000 }).toBeGreaterThan(before);
    }
    await load.stop();
    const client = new MongoClient(mongod.uri);
    await untilIdle(client.db('tocsin'), 40_000);
    // A process that hands over ends its requests and writes their results.
    await audit(load, receiver, client.db('tocsin'), Math.floor(rounds / 2));
    await owner[Symbol.asyncDispose]();
    await client.close();
  });

  it('when a replica set loses its primary under load', async () => {
    await using set = await startTestReplicaSet({ members: 3 });
    await using receiver = await Receiver.start();
    await using server = await startServerProcess({ MONGODB_URI: set.uri.replace('/?', '/tocsin?') });
    await subscribeCrash(server, receiver.url);
    const load = new CrashLoad(16, 'crash');
    load.aimAt(server.url);
    await expect.poll(() => load.accepted.size, { timeout: 20_000 }).toBeGreaterThan(50);
    const times = Math.max(1, Math.floor(rounds / 4));
    for (let round = 0; round < times; round++) {
      const primary = await set.primary();
      load.hurry();
      await primary.kill();
      const before = load.accepted.size;
      await expect.poll(() => load.accepted.size, { timeout: 60_000 }).toBeGreaterThan(before + 50);
      load.relax();
      await primary.restart();
      await set.untilAllFollow();
    }
    await load.stop();
    const client = new MongoClient(set.uri);
    await untilIdle(client.db('tocsin'), 60_000);
    await audit(load, receiver, client.db('tocsin'), times * 50);
    await client.close();
  });

  it('when a process is suspended past its leases: the late results are fenced', async () => {
    await using mongod = await startTestMongod();
    const client = new MongoClient(mongod.uri);
    const db = client.db('tocsin');
    let isWaiting = true;
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await using receiver = await Receiver.start({
      answer: async () => {
        if (isWaiting) await released;
        return 200;
      },
    });
    const env = { MONGODB_URI: mongod.uri.replace('/?', '/tocsin?') };
    await using first = await startServerProcess(env);
    await subscribeCrash(first, receiver.url);
    const { id } = await call(first, 'events.publish', {
      appId: 'crash',
      event: 'user.login',
      data: loginData,
    });
    await receiver.waitFor(1);
    first.signal('SIGSTOP');
    isWaiting = false;
    await using second = await startServerProcess(env);
    expect(second.url).not.toBe(first.url);
    await receiver.waitFor(2, { timeoutMs: 30_000 });
    await untilIdle(db, 40_000);
    first.signal('SIGCONT');
    release();
    const headers = { authorization: `Bearer ${testRootToken}` };
    await expect
      .poll(async () => await (await fetch(`${first.url}/metrics`, { headers })).text())
      .toMatch(/tocsin_deliveries_fenced_total [1-9]/);
    const deliveries = await db.collection('deliveries').find({ eventId: id }).toArray();
    expect(deliveries).toMatchObject([{ status: 'delivered', attemptCount: 2 }]);
    expect(new Set(receiver.requests.map((request) => request.headers['webhook-id']))).toEqual(new Set([id]));
    await client.close();
  });
});
