import { setTimeout as wait } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { expect, it, vi } from 'vitest';
import { call } from '../support/call.ts';
import { CrashLoad } from '../support/crash-load.ts';
import { subscribeCrash } from '../support/crash-scene.ts';
import { startTestReplicaSet } from '../support/mongod.ts';
import { Receiver } from '../support/receiver.ts';
import { startServerProcess, testRootToken, type ServerProcess } from '../support/server-process.ts';
import { untilIdle } from '../support/until-idle.ts';

/** How much longer the outage lasts after the first deliveries failed. One minute: DAY_OUTAGE_MS=60000. */
const outageMs = Number(process.env['DAY_OUTAGE_MS'] ?? 0);
vi.setConfig({ testTimeout: 360_000 + outageMs });

async function metricsOf(server: ServerProcess): Promise<string> {
  const headers = { authorization: `Bearer ${testRootToken}` };
  return await (await fetch(`${server.url}/metrics`, { headers })).text();
}

it('accounts for every delivery after an outage, a crash, a failover and a replay', async () => {
  await using set = await startTestReplicaSet({ members: 3 });
  await using client = await MongoClient.connect(set.uri);
  const db = client.db('tocsin');
  await using receiver = await Receiver.start();
  const env = { MONGODB_URI: set.uri.replace('/?', '/tocsin?'), RETRY_SCHEDULE: '300ms,600ms' };
  await using api = await startServerProcess({ ...env, ROLE: 'api' });
  await using mortal = await startServerProcess({ ...env, ROLE: 'worker' });
  await using survivor = await startServerProcess({ ...env, ROLE: 'worker' });
  await subscribeCrash(api, receiver.url);
  const [webhook] = await db.collection('webhooks').find().toArray();
  const webhookId = String(webhook?._id);
  const load = new CrashLoad(4, 'crash');
  const whenAccepted = async (more: number) => {
    const before = load.accepted.size;
    await expect.poll(() => load.accepted.size, { timeout: 60_000 }).toBeGreaterThan(before + more);
  };

  load.aimAt(api.url);
  await whenAccepted(50);

  // Not 503, which would slow the queue down.
  receiver.answerWith(500);
  if (outageMs > 0) await wait(outageMs);
  await expect
    .poll(() => db.collection('deliveries').countDocuments({ status: 'failed' }), { timeout: 30_000 })
    .toBeGreaterThan(10);
  receiver.answerWith(200);

  mortal.signal('SIGKILL');
  await mortal.exited;
  await using successor = await startServerProcess({ ...env, ROLE: 'worker' });
  await whenAccepted(50);

  const primary = await set.primary();
  await primary.kill();
  await whenAccepted(50);
  await primary.restart();
  await load.stop();
  await untilIdle(db, 120_000);

  const failed = await db.collection('deliveries').countDocuments({ status: 'failed' });
  const replay = await call(api, 'deliveries.replay', {
    webhookId,
    since: new Date(Date.now() - 3_600_000).toISOString(),
    until: new Date().toISOString(),
    status: 'failed',
  });
  expect(replay).toMatchObject({ count: failed });
  await expect
    .poll(() => db.collection('replays').findOne(), { timeout: 60_000 })
    .toMatchObject({ status: 'done', done: failed });
  await untilIdle(db, 60_000);

  const audit = await call(api, 'system.audit');
  expect(audit).toMatchObject({
    pending: 0,
    failed: 0,
    cancelled: 0,
    unexplained: 0,
    findings: [],
    next: null,
  });
  expect(audit.delivered).toBe(audit.expected);
  expect(audit.events).toBeGreaterThanOrEqual(load.accepted.size);
  const received = new Set(receiver.requests.map((request) => request.headers['webhook-id']));
  expect([...load.accepted].filter((id) => !received.has(id))).toEqual([]);

  expect(await metricsOf(api)).toMatch(/^tocsin_events_accepted_total [1-9]/m);
  // The webhook's owner at the end is one of the two.
  const workers = await Promise.all([survivor, successor].map(metricsOf));
  expect(workers.join('\n')).toMatch(/^tocsin_attempts_total\{result="delivered"\} [1-9]/m);
});
