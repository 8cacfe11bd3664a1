import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { ClaimedReplay } from '../../server/src/domain/ports/bulk-stores.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import type { DeliveryDoc } from '../../server/src/store/mongo/documents/delivery.ts';
import { toEventDoc } from '../../server/src/store/mongo/documents/event.ts';
import { toWebhookDoc } from '../../server/src/store/mongo/documents/webhook.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, aReplay as aJob, aWebhook } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';

const webhookId = 'wh_000000000001';
const accountId = 'acc_a';
const leaseMs = 30_000;
const second = 1_000;

let connection: Connection;

beforeAll(async () => {
  connection = await Connection.open({ uri: inject('mongoUri'), database: `replays_${randomUUID()}` });
  await connection.prepare();
});

afterAll(() => connection.close());

/** Empties the database, because the indexes of a new one take longer than a test. */
async function open() {
  const { collections } = connection;
  const { events, deliveries, webhooks, rateBudgets } = collections;
  await Promise.all(
    [events, deliveries, collections.replays, webhooks, rateBudgets].map((one) => one.deleteMany({})),
  );
  const clock = new FakeClock();
  const replays = new MongoReplayStore(collections);
  await collections.webhooks.insertOne(toWebhookDoc(aWebhook({ id: webhookId, accountId })));
  const claim = async (afterAccountId?: string) =>
    await replays.claimNext({
      afterAccountId,
      now: clock.now(),
      leaseMs,
      pace: { burst: 2, perSecond: 2 },
    });
  return {
    clock,
    collections,
    replays,
    /** Events with a final delivery each, a second apart, oldest first. */
    insertFinal: async (count: number, change: Partial<DeliveryDoc> = {}) => {
      const events = Array.from({ length: count }, (_, n) =>
        anEvent({ acceptedAt: clock.now() + n * second }),
      );
      await collections.events.insertMany(events.map(toEventDoc));
      const docs = events.map((event) => ({ ...toFinal(event, clock.now()), ...change }));
      await collections.deliveries.insertMany(docs);
      return docs.map((doc) => doc._id);
    },
    insert: async (change: Partial<Replay> = {}) => {
      const until = clock.now() + 60 * second;
      const replay = aJob({ accountId, webhookId, until, createdAt: clock.now() + 1, ...change });
      await replays.insert(replay);
      clock.advance(2);
      return replay.id;
    },
    claim,
    claimed: async (): Promise<ClaimedReplay> => {
      const replay = await claim();
      if (replay === undefined) throw new Error('no replay can be claimed');
      return replay;
    },
    pending: async () =>
      (await collections.deliveries.find({ status: 'pending' }, { sort: { _id: 1 } }).toArray()).map(
        (doc) => doc._id,
      ),
  };
}

function toFinal(event: AcceptedEvent, finishedAt: number): DeliveryDoc {
  return {
    _id: toDeliveryId(event.id, 0),
    eventId: event.id,
    appId: event.appId,
    accountId,
    webhookId,
    type: event.type,
    status: 'failed',
    reason: 'retries_exhausted',
    attempts: [],
    attemptCount: 1,
    at: new Date(event.acceptedAt),
    finishedAt: new Date(finishedAt),
  };
}

describe('a batch of a replay', () => {
  it('continues after the last delivery of the batch before, until nothing is left', async () => {
    const h = await open();
    const all = await h.insertFinal(5);
    const id = await h.insert();
    const batch = async () => await h.replays.requeueSome(await h.claimed(), h.clock.now());
    expect(await batch()).toBe(2);
    expect(await h.pending()).toEqual(all.slice(0, 2));
    expect(await h.collections.deliveries.findOne({ _id: all[0] ?? '' })).toMatchObject({
      reason: 'awaiting_retry',
      partition: toPartition(webhookId),
      nextAt: new Date(h.clock.now()),
    });
    // One that fails again is not sent a second time.
    await h.collections.deliveries.updateOne({ _id: all[0] ?? '' }, { $set: { status: 'failed' } });
    h.clock.advance(second);
    expect(await batch()).toBe(2);
    h.clock.advance(second);
    expect(await batch()).toBe(1);
    expect(await h.pending()).toEqual(all.slice(1));
    expect(await h.replays.get(id)).toMatchObject({ status: 'done', done: 5, finishedAt: h.clock.now() });
  });

  it('skips deliveries whose event is gone, and leaves them as they are', async () => {
    const h = await open();
    const [, kept] = await h.insertFinal(2, { status: 'delivered' });
    await h.collections.events.deleteOne({}, { sort: { _id: 1 } } as object);
    const id = await h.insert({ deliveryStatus: 'delivered' });
    h.clock.advance(second);
    await h.replays.requeueSome(await h.claimed(), h.clock.now());
    h.clock.advance(second);
    await h.replays.requeueSome(await h.claimed(), h.clock.now());
    expect(await h.pending()).toEqual([kept]);
    expect(await h.replays.get(id)).toMatchObject({ status: 'done', done: 1 });
    expect(await h.collections.deliveries.countDocuments({ status: 'delivered' })).toBe(1);
  });

  it('changes nothing once another process has claimed the replay again', async () => {
    const h = await open();
    await h.insertFinal(4);
    const id = await h.insert();
    const stalled = await h.claimed();
    h.clock.advance(leaseMs);
    const current = await h.claimed();
    expect(await h.replays.requeueSome(stalled, h.clock.now())).toBe(0);
    expect(await h.pending()).toEqual([]);
    expect(await h.replays.requeueSome(current, h.clock.now())).toBe(2);
    expect(await h.replays.get(id)).toMatchObject({ status: 'running', done: 2 });
  });

  it('changes nothing if another process takes over in the middle of it', async () => {
    const h = await open();
    await h.insertFinal(4);
    const id = await h.insert();
    const stalled = await h.claimed();
    const slow = new MongoReplayStore({
      ...h.collections,
      deliveries: beforeCall(h.collections.deliveries, 'updateMany', async () => {
        h.clock.advance(leaseMs);
        await h.replays.requeueSome(await h.claimed(), h.clock.now());
      }),
    });
    expect(await slow.requeueSome(stalled, h.clock.now())).toBe(0);
    expect(await h.pending()).toHaveLength(2);
    expect(await h.replays.get(id)).toMatchObject({ status: 'running', done: 2 });
  });

  it('changes nothing once the replay is cancelled, also in the middle of it', async () => {
    const h = await open();
    await h.insertFinal(4);
    const id = await h.insert();
    const claimed = await h.claimed();
    const slow = new MongoReplayStore({
      ...h.collections,
      deliveries: beforeCall(h.collections.deliveries, 'updateMany', () => h.replays.cancel(id, 7)),
    });
    expect(await slow.requeueSome(claimed, h.clock.now())).toBe(0);
    expect(await h.replays.requeueSome(claimed, h.clock.now())).toBe(0);
    expect(await h.pending()).toEqual([]);
    expect(await h.replays.get(id)).toMatchObject({ status: 'cancelled', done: 0, finishedAt: 7 });
    expect(await h.replays.cancel(id, 9)).toBe(false);
  });

  it('skips types that were taken off the webhook since, except for those it keeps and test pings', async () => {
    const h = await open();
    const [login = ''] = await h.insertFinal(1);
    const [ban = ''] = await h.insertFinal(1, { type: 'user.ban' });
    const [register = ''] = await h.insertFinal(1, { type: 'user.register' });
    const [ping = ''] = await h.insertFinal(1, { type: 'test' });
    const [invoice = ''] = await h.insertFinal(1, { type: 'invoice.paid' });
    const id = await h.insert();
    const events = ['user.login' as const];
    await h.collections.webhooks.updateOne(
      { _id: webhookId },
      { $set: { events, keptEvents: ['user.ban', 'invoice.*'] } },
    );
    const counts: number[] = [];
    while ((await h.replays.get(id))?.status === 'running') {
      counts.push(await h.replays.requeueSome(await h.claimed(), h.clock.now()));
      h.clock.advance(second);
    }
    expect(await h.pending()).toEqual([login, ban, ping, invoice].sort());
    expect(await h.replays.get(id)).toMatchObject({ done: 4 });
    expect(await h.collections.deliveries.findOne({ _id: register })).toMatchObject({ status: 'failed' });
  });

  it('ends the replay if its webhook was deleted', async () => {
    const h = await open();
    await h.insertFinal(4);
    const id = await h.insert();
    await h.collections.webhooks.deleteOne({ _id: webhookId });
    expect(await h.replays.requeueSome(await h.claimed(), h.clock.now())).toBe(0);
    expect(await h.pending()).toEqual([]);
    expect(await h.replays.get(id)).toMatchObject({ status: 'cancelled' });
  });

  it('passes ten thousand deliveries of other types in one batch, and reads no more', async () => {
    const h = await open();
    const [template] = await h.insertFinal(1, { type: 'license.created' });
    const doc = await h.collections.deliveries.findOneAndDelete({ _id: template ?? '' });
    if (doc === null) throw new Error('one delivery');
    await h.collections.deliveries.insertMany(
      Array.from({ length: 10_000 }, (_, index) => ({ ...doc, _id: toDeliveryId(doc.eventId, index) })),
    );
    h.clock.advance(second);
    const [wanted] = await h.insertFinal(1);
    const id = await h.insert({ types: ['user.login'] });
    expect(await h.replays.requeueSome(await h.claimed(), h.clock.now())).toBe(0);
    expect(await h.replays.get(id)).toMatchObject({ status: 'running' });
    h.clock.advance(second);
    await h.replays.requeueSome(await h.claimed(), h.clock.now());
    expect(await h.pending()).toEqual([wanted]);
    expect(await h.replays.get(id)).toMatchObject({ status: 'done', done: 1 });
  });
});

describe('a claim of a replay', () => {
  it('lasts for its lease, and ends with the replay', async () => {
    const h = await open();
    const id = await h.insert();
    expect(await h.claim()).toMatchObject({ id, epoch: 1, limit: 2 });
    h.clock.advance(leaseMs - 1);
    expect(await h.claim()).toBeUndefined();
    h.clock.advance(second);
    expect(await h.claim()).toMatchObject({ id, epoch: 2 });
    await h.replays.cancel(id, 5);
    h.clock.advance(10 * leaseMs);
    expect(await h.claim()).toBeUndefined();
  });

  it('visits each account once, and takes the job of the account that waits longest', async () => {
    const h = await open();
    await h.insertFinal(20, { finishedAt: new Date(0) });
    const insert = async (id: string, owner: string, waitedMs: number) => {
      await h.insert({ id, accountId: owner, createdAt: h.clock.now() - waitedMs });
    };
    await insert('rpl_1', 'acc_a', 1);
    await insert('rpl_2', 'acc_a', 20);
    await insert('rpl_3', 'acc_c', 30);
    await insert('rpl_4', 'acc_b', 40);
    const round = async () => {
      const ids: string[] = [];
      for (let claimed = await h.claim(); claimed !== undefined; claimed = await h.claim(claimed.accountId)) {
        ids.push(claimed.id);
        await h.replays.requeueSome(claimed, h.clock.now());
      }
      return ids;
    };
    expect(await round()).toEqual(['rpl_2', 'rpl_4', 'rpl_3']);
    expect(await round()).toEqual([]);
    h.clock.advance(second);
    expect((await round())[0]).toBe('rpl_1');
    expect(await h.replays.countRunning('acc_a')).toBe(2);
    await h.replays.cancel('rpl_1', 1);
    expect(await h.replays.countRunning('acc_a')).toBe(1);
  });

  it('keeps all jobs of an account together to its pace, however many processes claim them', async () => {
    const h = await open();
    await h.insertFinal(40);
    for (let n = 0; n < 4; n++) await h.insert();
    let requeued = 0;
    for (let tenths = 0; tenths < 30; tenths++) {
      h.clock.advance(100);
      const claims = await Promise.all(Array.from({ length: 4 }, () => h.claim()));
      for (const claimed of claims.filter((one) => one !== undefined)) {
        requeued += await h.replays.requeueSome(claimed, h.clock.now());
      }
    }
    // Two at once, and two more in each of three seconds.
    expect(requeued).toBeGreaterThanOrEqual(6);
    expect(requeued).toBeLessThanOrEqual(8);
  });
});

describe('the replays of a deleted webhook', () => {
  it('end, and leave those of other webhooks running', async () => {
    const h = await open();
    const [own, other] = [await h.insert(), await h.insert({ webhookId: 'wh_000000000002' })];
    await h.replays.cancelForWebhook({ id: webhookId, accountId }, 7);
    expect(await h.replays.get(own)).toMatchObject({ status: 'cancelled', finishedAt: 7 });
    expect(await h.replays.get(other)).toMatchObject({ status: 'running' });
  });

  it('leave what was delivered before delivered, and what never was pending', async () => {
    const h = await open();
    const at = new Date(h.clock.now());
    const attempts = [
      { at, ms: 5, status: 200 },
      { at: new Date(0), ms: 9, status: 500, reason: 'http_status' as const },
    ];
    const waiting = {
      status: 'pending' as const,
      reason: 'awaiting_retry' as const,
      partition: toPartition(webhookId),
      nextAt: at,
    };
    const delivered = await h.insertFinal(3, { ...waiting, attempts });
    const failed = await h.insertFinal(2, { ...waiting, attempts: attempts.slice(1) });
    let after: string | undefined;
    let steps = 0;
    do {
      after = await h.replays.restoreDelivered(webhookId, after, 2);
      steps++;
    } while (after !== undefined);
    expect(steps).toBe(3);
    expect(await h.pending()).toEqual([...failed].sort());
    const restored = await h.collections.deliveries.find({ status: 'delivered' }).toArray();
    expect(restored.map((doc) => doc._id).sort()).toEqual([...delivered].sort());
    expect(restored[0]).toMatchObject({ finishedAt: new Date(at.getTime() + 5), attempts: [{}, {}] });
    for (const field of ['reason', 'partition', 'nextAt']) expect(restored[0]).not.toHaveProperty(field);
  });
});

it('keeps the newest thousand replays of an account, and those that run', async () => {
  const h = await open();
  const { replays } = h.collections;
  const running = await h.insert();
  const template = await replays.findOne({ _id: running });
  if (template === null) throw new Error('one replay');
  const { due: _, ...ended } = { ...template, status: 'done' as const };
  await replays.insertMany(
    Array.from({ length: 1_010 }, (_, n) => ({ ...ended, _id: `${running}${String(n).padStart(4, '0')}` })),
  );
  const newest = await h.insert({ id: `${running}z` });
  expect(await replays.countDocuments()).toBe(1_001);
  expect(await h.replays.get(running)).toBeDefined();
  expect(await h.replays.get(newest)).toBeDefined();
  expect(await h.replays.get(`${running}0010`)).toBeUndefined();
  expect(await h.replays.get(`${running}0011`)).toBeDefined();
});
