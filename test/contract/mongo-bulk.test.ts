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

it('adds up the counts of several processes in one minute, and reads no earlier minutes', async () => {
  await using h = await open();
  const activity = new MongoActivityStore(h.collections);
  const counts = { ...noActivity(), accepted: 2, delivered: 1 };
  counts.latency[3] = 1;
  const ours = { appId: 'app_a', accountId: 'acc_a' };
  for (const at of [60_000, 60_000, 120_000]) await activity.add([{ ...ours, at, counts }]);
  await activity.add([{ appId: 'app_b', accountId: 'acc_b', at: 60_000, counts }]);
  const entries = await activity.read({ accountId: 'acc_a', excludedAppIds: [] }, 60_000);
  expect(entries.map(({ at, counts: { accepted } }) => [at, accepted])).toEqual([
    [60_000, 4],
    [120_000, 2],
  ]);
  expect(entries[0]?.counts.latency[3]).toBe(2);
  expect((await activity.read({ appId: 'app_a', excludedAppIds: [] }, 60_001)).map(({ at }) => at)).toEqual([
    120_000,
  ]);
  expect(await activity.read({ excludedAppIds: [] }, 0)).toHaveLength(3);
  expect(await activity.read({ excludedAppIds: ['app_a'] }, 0)).toHaveLength(1);
});
