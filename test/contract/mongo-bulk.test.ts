import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import type { DeliveryFilter, ReplayFilter } from '@tocsin/shared';
import { noActivity } from '../../server/src/domain/activity.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { DeliveryChoice } from '../../server/src/domain/ports/bulk-stores.ts';
import type { Visibility, VisibleOnly } from '../../server/src/domain/ports/page-request.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { MongoActivityStore } from '../../server/src/store/mongo/system/activity-store.ts';
import { MongoCancellationStore } from '../../server/src/store/mongo/deliveries/cancellation-store.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoDeliveryStore } from '../../server/src/store/mongo/deliveries/delivery-store.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { leaseMs } from './queue-contract.ts';

const webhookId = 'wh_000000000001';

async function open() {
  const connection = await Connection.open({ uri: inject('mongoUri'), database: `bulk_${randomUUID()}` });
  await connection.prepare();
  const { collections } = connection;
  const clock = new FakeClock();
  const queue = new MongoDeliveryQueue(collections, clock);
  const events = new MongoEventStore(collections);
  /** Stores events a second apart, in one closed batch. */
  const store = async (count: number, change: Partial<AcceptedEvent> = {}) => {
    const all = Array.from({ length: count }, (_, index) =>
      anEvent({ acceptedAt: clock.now() + index * 1_000, ...change }),
    );
    await events.insertMany(all, { token: 'one.0', until: clock.now() });
    await queue.completeEntries([all[0]?.id ?? ''], 'one.0');
    return all;
  };
  return {
    clock,
    queue,
    events,
    collections,
    deliveries: new MongoDeliveryStore(collections),
    replays: new MongoReplayStore(collections),
    cancellations: new MongoCancellationStore(collections),
    failed: async (count: number, change: Partial<AcceptedEvent> = {}) => {
      const all = await store(count, change);
      const at = clock.now();
      await queue.writeResults(
        all.map((event) => ({
          ...delivered(firstDeliveryOf(event, 'one.0'), at),
          status: 'failed',
          reason: 'retries_exhausted',
        })),
      );
      return all;
    },
    waiting: async (count: number, change: Partial<AcceptedEvent> = {}) => {
      const all = await store(count, change);
      const now = clock.now();
      await queue.writeResults(all.map((event) => toRetry(firstDeliveryOf(event, 'one.0'), now, now)));
      return all;
    },
    claim: async (limit = 100) =>
      await queue.claimDeliveries({ limit, token: `one.${randomUUID()}`, leaseMs, excludedWebhookIds: [] }),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

const iso = (at: number) => new Date(at).toISOString();
const acceptedAt = (event: AcceptedEvent | undefined) => iso(event?.acceptedAt ?? NaN);
const idOf = (event: AcceptedEvent | undefined) => toDeliveryId(event?.id ?? '', 0);

function aReplay(clock: FakeClock, change: Partial<Replay> = {}): Replay {
  return {
    id: 'rpl_1',
    appId: 'app_test',
    accountId: 'acc_a',
    webhookId,
    since: 0,
    until: clock.now() + 60_000,
    deliveryStatus: 'failed',
    types: undefined,
    status: 'running',
    total: 0,
    done: 0,
    createdAt: clock.now() + 1,
    finishedAt: null,
    ...change,
  };
}

describe('a replay', () => {
  it('selects deliveries that failed before its start, by webhook, period and types', async () => {
    await using h = await open();
    const all = await h.failed(4);
    const [, second, third] = all;
    await h.failed(1, { type: 'license.created' });
    await h.failed(1, { targets: ['wh_other'] });
    await h.waiting(1);
    const count = (change: Partial<Replay> = {}) => h.replays.count(aReplay(h.clock, change));
    expect(await count()).toBe(5);
    expect(await count({ types: ['license.created'] })).toBe(1);
    expect(await count({ types: [] })).toBe(0);
    expect(await count({ webhookId: 'wh_other' })).toBe(1);
    expect(await count({ deliveryStatus: 'delivered' })).toBe(0);
    expect(await count({ createdAt: h.clock.now() })).toBe(0);
    const span = { since: second?.acceptedAt ?? 0, until: third?.acceptedAt ?? 0 };
    expect(await count({ ...span, types: ['user.login'] })).toBe(1);
  });

  it('sends each delivery again once, even if it fails again meanwhile', async () => {
    await using h = await open();
    await h.failed(3);
    const replay = aReplay(h.clock, { createdAt: h.clock.now() + 1, total: 3 });
    await h.replays.insert(replay);
    h.clock.advance(10);
    expect(await h.replays.requeueSome(replay, h.clock.now(), 2, h.clock.now())).toBe(2);
    const claimed = await h.claim();
    expect(claimed).toHaveLength(2);
    for (const delivery of claimed) {
      const { status, reason } = { status: 'failed', reason: 'retries_exhausted' } as const;
      await h.queue.writeResults([{ ...delivered(delivery, h.clock.now()), status, reason }]);
    }
    expect(await h.replays.requeueSome(replay, h.clock.now(), 2, h.clock.now())).toBe(1);
    expect(await h.claim()).toHaveLength(1);
    expect(await h.replays.get(replay.id)).toMatchObject({ status: 'done', done: 3 });
  });

  it('requeues a delivery once when two processes work on one job', async () => {
    await using h = await open();
    const [event] = await h.failed(1);
    const replay = aReplay(h.clock);
    await h.replays.insert(replay);
    h.clock.advance(10);
    const slow = new MongoReplayStore({
      ...h.collections,
      deliveries: beforeCall(h.collections.deliveries, 'updateMany', async () => {
        await h.replays.requeueSome(replay, h.clock.now(), 10, h.clock.now());
        expect(await h.claim()).toHaveLength(1);
      }),
    });
    await slow.requeueSome(replay, h.clock.now(), 10, h.clock.now());
    expect(await h.claim()).toEqual([]);
    expect((await h.replays.get(replay.id))?.done).toBe(1);
    expect((await h.deliveries.get(idOf(event)))?.finishedAt).toBeNull();
  });

  it('is claimed by one process at a time, and by none once it has ended', async () => {
    await using h = await open();
    const replay = aReplay(h.clock, { createdAt: h.clock.now() });
    await h.replays.insert(replay);
    expect(await h.replays.claimNext(undefined, h.clock.now(), leaseMs)).toMatchObject({ id: replay.id });
    expect(await h.replays.claimNext(undefined, h.clock.now() + leaseMs - 1, leaseMs)).toBeUndefined();
    expect(await h.replays.claimNext(undefined, h.clock.now() + leaseMs, leaseMs)).toMatchObject({
      id: replay.id,
    });
    expect(await h.replays.cancel(replay.id, 5)).toBe(true);
    expect(await h.replays.cancel(replay.id, 9)).toBe(false);
    expect(await h.replays.requeueSome(replay, h.clock.now(), 10, h.clock.now())).toBe(0);
    expect(await h.replays.get(replay.id)).toMatchObject({ status: 'cancelled', finishedAt: 5 });
    expect(await h.replays.claimNext(undefined, h.clock.now() + 10 * leaseMs, leaseMs)).toBeUndefined();
  });

  it('is claimed from each account in turn, and of one account the job that waits longest', async () => {
    await using h = await open();
    await h.failed(3);
    const insert = async (id: string, accountId: string, waitedMs: number) => {
      const createdAt = h.clock.now() + 1 - waitedMs;
      await h.replays.insert(aReplay(h.clock, { id, accountId, createdAt }));
    };
    await insert('rpl_1', 'acc_a', 1);
    await insert('rpl_2', 'acc_a', 2);
    await insert('rpl_3', 'acc_c', 3);
    await insert('rpl_4', 'acc_b', 4);
    const round = async () => {
      const ids: string[] = [];
      let after: string | undefined;
      for (;;) {
        const claimed = await h.replays.claimNext(after, h.clock.now(), leaseMs);
        if (claimed === undefined) return ids;
        ids.push(claimed.id);
        after = claimed.accountId;
      }
    };
    expect(await round()).toEqual(['rpl_2', 'rpl_4', 'rpl_3']);
    expect(await round()).toEqual(['rpl_1']);
    expect(await h.replays.countRunning('acc_a')).toBe(2);
    await h.replays.cancel('rpl_1', 1);
    expect(await h.replays.countRunning('acc_a')).toBe(1);
  });

  it('continues after the last delivery of its last batch, once it is due again', async () => {
    await using h = await open();
    const all = await h.failed(5);
    h.clock.advance(10);
    await h.replays.insert(aReplay(h.clock, { createdAt: h.clock.now() }));
    const batch = async () => {
      const replay = await h.replays.claimNext(undefined, h.clock.now(), leaseMs);
      if (replay === undefined) return undefined;
      return [
        replay.lastDeliveryId,
        await h.replays.requeueSome(replay, h.clock.now(), 2, h.clock.now() + 750),
      ];
    };
    expect(await batch()).toEqual([undefined, 2]);
    expect(await batch()).toBeUndefined();
    h.clock.advance(750);
    expect(await batch()).toEqual([idOf(all[1]), 2]);
    h.clock.advance(750);
    expect(await batch()).toEqual([idOf(all[3]), 1]);
    expect(await h.replays.get('rpl_1')).toMatchObject({ status: 'done', done: 5 });
  });

  it('is listed by account and by webhook without excluded apps, newest first', async () => {
    await using h = await open();
    const job = (id: string, accountId: string, hook: string) =>
      h.replays.insert(aReplay(h.clock, { id, appId: `app_of_${hook}`, accountId, webhookId: hook }));
    await job('rpl_1', 'acc_a', 'wh_1');
    await job('rpl_2', 'acc_b', 'wh_2');
    await job('rpl_3', 'acc_a', 'wh_3');
    const ids = async (filter: VisibleOnly<ReplayFilter>, cursor?: string) => {
      const page = await h.replays.list(filter, { cursor, limit: 2 });
      return page.items.map(({ id }) => id);
    };
    expect(await ids({})).toEqual(['rpl_3', 'rpl_2']);
    expect(await ids({}, 'rpl_2')).toEqual(['rpl_1']);
    expect(await ids({ accountId: 'acc_a' })).toEqual(['rpl_3', 'rpl_1']);
    expect(await ids({ accountId: 'acc_b', webhookId: 'wh_1' })).toEqual([]);
    expect(await ids({ accountId: 'acc_a', excludedAppIds: ['app_of_wh_3'] })).toEqual(['rpl_1']);
    expect(await ids({ appId: 'app_of_wh_2' })).toEqual(['rpl_2']);
  });
});

describe('a cancellation', () => {
  it.each<[string, (events: AcceptedEvent[]) => Partial<DeliveryChoice>, number[]]>([
    ['everything', () => ({}), [0, 1, 2, 3]],
    ['since a time, inclusive', (all) => ({ since: acceptedAt(all[1]) }), [1, 2, 3]],
    ['until a time, exclusive', (all) => ({ until: acceptedAt(all[2]) }), [0, 1]],
    ['some ids', (all) => ({ ids: [idOf(all[0]), idOf(all[3])] }), [0, 3]],
    ['no id', () => ({ ids: [] }), []],
    ['another type', () => ({ events: ['license.created'] }), []],
    ['another webhook', () => ({ webhookId: 'wh_other' }), []],
  ])('of %s cancels those and no others', async (_, choose, expected) => {
    await using h = await open();
    const all = await h.waiting(4);
    const choice = { webhookId, ...choose(all) };
    expect(await h.cancellations.count(choice)).toEqual({ waiting: expected.length, underWay: 0 });
    const count = await h.cancellations.cancelSome(choice, 'cancelled_by_user', 7, 100);
    expect(count).toBe(expected.length);
    const statuses = await Promise.all(all.map((event) => h.deliveries.get(idOf(event))));
    expect(statuses.flatMap((delivery, index) => (delivery?.status === 'cancelled' ? [index] : []))).toEqual(
      expected,
    );
    h.clock.advance(10_000);
    expect(await h.claim()).toHaveLength(4 - expected.length);
  });

  it('does not cancel a delivery that is claimed between the search and the write', async () => {
    await using h = await open();
    const [event] = await h.waiting(1);
    const slow = new MongoCancellationStore({
      ...h.collections,
      deliveries: beforeCall(h.collections.deliveries, 'updateMany', () => h.claim()),
    });
    expect(await slow.cancelSome({ webhookId }, 'cancelled_by_user', 7, 100)).toBe(0);
    expect((await h.deliveries.get(idOf(event)))?.status).toBe('pending');
    expect(await h.cancellations.count({ webhookId })).toEqual({ waiting: 0, underWay: 1 });
  });

  it('counts a matching delivery in its first attempt as under way', async () => {
    await using h = await open();
    const at = h.clock.now();
    await h.events.insertMany([anEvent({ acceptedAt: at })], { token: 'one.0', until: at + leaseMs });
    const underWay = async (choice: Partial<DeliveryChoice>) =>
      (await h.cancellations.count({ webhookId, ...choice })).underWay;
    expect(await underWay({ since: iso(at), until: iso(at + 1), events: ['user.login'] })).toBe(1);
    expect(await underWay({ since: iso(at + 1) })).toBe(0);
    expect(await underWay({ until: iso(at) })).toBe(0);
    expect(await underWay({ events: ['license.created'] })).toBe(0);
    expect(await underWay({ ids: [] })).toBe(0);
  });
});

describe('disabling and enabling a webhook', () => {
  it('does not change leased deliveries, nor those pending for another reason', async () => {
    await using h = await open();
    const [leased, pending] = await h.waiting(2);
    expect(await h.claim(1)).toMatchObject([{ deliveryId: idOf(leased) }]);
    expect(await h.deliveries.defer(webhookId, h.clock.now() + 60_000, 10)).toBe(1);
    expect(await h.deliveries.get(idOf(leased))).toMatchObject({ reason: 'awaiting_retry' });
    expect(await h.deliveries.get(idOf(pending))).toMatchObject({ reason: 'webhook_disabled' });
    const [retried] = await h.waiting(1);
    expect(await h.deliveries.resume(webhookId, h.clock.now() + 5, 10)).toBe(1);
    expect((await h.deliveries.get(idOf(pending)))?.dueAt).toBe(h.clock.now() + 5);
    expect((await h.deliveries.get(idOf(retried)))?.dueAt).toBe(h.clock.now());
  });

  it('clears the finish time of a delivery that is sent again', async () => {
    await using h = await open();
    const [event] = await h.failed(1);
    expect(await h.deliveries.retryNow(idOf(event), h.clock.now() + 3)).toBe(true);
    expect(await h.deliveries.get(idOf(event))).toMatchObject({
      status: 'pending',
      reason: 'awaiting_retry',
      finishedAt: null,
      dueAt: h.clock.now() + 3,
    });
  });
});

it('returns the queue state of an account or app, with in-flight events and retries', async () => {
  await using h = await open();
  const at = h.clock.now();
  const later = { token: undefined, until: at + 500 };
  const other = { appId: 'app_b', accountId: 'acc_b' };
  await h.events.insertMany([anEvent({ acceptedAt: at }), anEvent(other)], later);
  await h.waiting(1);
  await h.waiting(1, other);
  const state = async (visibility: Partial<Visibility>, now: number) =>
    await h.deliveries.getQueueState({ excludedAppIds: [], ...visibility }, now);
  expect(await state({}, at)).toEqual({ pending: 4, dueNow: 2, oldestDueAt: at, isCapped: false });
  expect(await state({ accountId: 'acc_a' }, at + 500)).toMatchObject({ pending: 2, dueNow: 2 });
  expect(await state({ appId: 'app_test' }, at + 500)).toMatchObject({ pending: 2, dueNow: 2 });
  expect(await state({ excludedAppIds: ['app_b'] }, at + 500)).toMatchObject({ pending: 2, dueNow: 2 });
  expect(await state({ accountId: 'acc_c' }, at)).toMatchObject({ pending: 0, dueNow: 0 });
});

it('lists visible deliveries only, including those in flight', async () => {
  await using h = await open();
  const at = h.clock.now();
  const other = { appId: 'app_b', accountId: 'acc_b' };
  const [ours, theirs] = [anEvent({ acceptedAt: at }), anEvent({ acceptedAt: at, ...other })];
  await h.events.insertMany([ours, theirs], { token: 'one.0', until: at + leaseMs });
  const [written] = await h.failed(1, { ...other, acceptedAt: at - 1 });
  const ids = async (filter: VisibleOnly<DeliveryFilter>) => {
    const page = await h.deliveries.list(filter, { cursor: undefined, limit: 10 });
    return page.items.map(({ id }) => id);
  };
  expect(await ids({ accountId: 'acc_a' })).toEqual([idOf(ours)]);
  expect(await ids({ accountId: 'acc_b' })).toEqual([idOf(theirs), idOf(written)]);
  expect(await ids({ excludedAppIds: ['app_b'] })).toEqual([idOf(ours)]);
  expect(await ids({ accountId: 'acc_b', excludedAppIds: ['app_b'] })).toEqual([]);
});

it('keeps the counts of all processes and apps in a minute, and reads no earlier minutes', async () => {
  await using h = await open();
  const activity = new MongoActivityStore(h.collections);
  const counts = { ...noActivity(), accepted: 2, delivered: 1 };
  counts.latency[3] = 1;
  const ours = { appId: 'app_a', accountId: 'acc_a', counts };
  const theirs = { appId: 'app_b', accountId: 'acc_b', counts };
  const more = { ...ours, counts: { ...counts, accepted: 5 } };
  await activity.save([
    { id: 'p1:1:0', at: 60_000, apps: [ours] },
    { id: 'p2:1:0', at: 60_000, apps: [theirs, ours] },
    { id: 'p1:2:0', at: 120_000, apps: [ours, theirs] },
  ]);
  // The minute went on.
  await activity.save([{ id: 'p1:1:0', at: 60_000, apps: [more] }]);
  // From a release that stored each app by itself.
  await h.collections.activity.insertOne({
    _id: 'app_a:120000',
    appId: 'app_a',
    accountId: 'acc_a',
    at: new Date(120_000),
    accepted: 7,
    latency: { '4': 1 },
  });
  const read = async (visibility: Partial<Visibility>, since: number) => {
    const entries = await activity.read({ excludedAppIds: [], ...visibility }, since);
    return entries.map(({ appId, at, counts: { accepted } }) => `${appId} ${at} ${accepted}`).sort();
  };
  const all = ['app_a 120000 2', 'app_a 120000 7', 'app_a 60000 2', 'app_a 60000 5'];
  expect(await read({ accountId: 'acc_a' }, 60_000)).toEqual(all);
  expect(await read({ accountId: 'acc_b' }, 60_000)).toHaveLength(2);
  expect(await read({ appId: 'app_a' }, 60_001)).toEqual(all.slice(0, 2));
  expect(await read({}, 0)).toHaveLength(6);
  expect(await read({ excludedAppIds: ['app_b'] }, 0)).toEqual(all);
  const [entry] = await activity.read({ accountId: 'acc_b', excludedAppIds: [] }, 100_000);
  expect(entry).toEqual({ appId: 'app_b', accountId: 'acc_b', at: 120_000, counts });
});
