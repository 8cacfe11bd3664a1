import { describe, expect, it } from 'vitest';
import type { DeliveryFilter, ReplayFilter } from '@tocsin/shared';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { DeliveryChoice } from '../../server/src/domain/ports/bulk-stores.ts';
import type { DueDelivery } from '../../server/src/domain/ports/delivery-queue.ts';
import type { Visibility, VisibleOnly } from '../../server/src/domain/ports/page-request.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import type { FakeClock } from '../support/clock.ts';
import type { StoresHarness } from './stores-harness.ts';

const webhookId = 'wh_000000000001';

/** Adds deliveries in a state to the stores. */
function withDeliveries(h: StoresHarness) {
  const { clock, queue, events } = h;
  /** Stores events a second apart, in one closed batch. */
  const store = async (count: number, change: Partial<AcceptedEvent> = {}) => {
    const all = Array.from({ length: count }, (_, index) =>
      anEvent({ acceptedAt: clock.now() + index * 1_000, ...change }),
    );
    const { batches } = await events.insertMany(all);
    const partitions = new Set(all.flatMap((event) => event.targets.map(toPartition)));
    await queue.closeEntries(
      batches.flatMap(({ id }) => [...partitions].map((partition) => ({ entryId: id, partition }))),
    );
    return all;
  };
  return {
    ...h,
    failed: async (count: number, change: Partial<AcceptedEvent> = {}) => {
      const all = await store(count, change);
      const at = clock.now();
      await queue.writeResults(
        all.map((event) => ({
          ...delivered(firstDeliveryOf(event), at),
          status: 'failed',
          reason: 'retries_exhausted',
        })),
      );
      return all;
    },
    waiting: async (count: number, change: Partial<AcceptedEvent> = {}) => {
      const all = await store(count, change);
      const now = clock.now();
      await queue.writeResults(all.map((event) => toRetry(firstDeliveryOf(event), now, now)));
      return all;
    },
    findDue: async () => (await queue.pullBacklog(webhookId, 100, clock.now())).deliveries,
    /** Writes that the attempts of deliveries failed for good. */
    failAgain: async (deliveries: readonly DueDelivery[]) => {
      const { status, reason } = { status: 'failed', reason: 'retries_exhausted' } as const;
      await queue.writeResults(
        deliveries.map((delivery) => ({ ...delivered(delivery, clock.now()), status, reason })),
      );
    },
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

/** How many deliveries are selected, cancelled and sent again at once. */
export function bulkContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: a replay`, () => {
    it('selects deliveries that failed before its start, by webhook, period and types', async () => {
      await using h = withDeliveries(open());
      const all = await h.failed(4);
      const [, second, third] = all;
      await h.failed(1, { type: 'license.created' });
      await h.failed(1, { targets: ['wh_other'] });
      await h.waiting(1);
      const count = (change: Partial<Replay> = {}) => h.replays.count(aReplay(h.clock, change));
      expect(await count()).toBe(5);
      expect(await count({ types: ['license.created'] })).toBe(1);
      expect(await count({ types: ['license.*'] })).toBe(1);
      expect(await count({ types: ['user.ban', 'user.*', 'license.created'] })).toBe(5);
      expect(await count({ types: ['*'] })).toBe(5);
      expect(await count({ types: ['u.*', 'user', 'license.created.*'] })).toBe(0);
      expect(await count({ types: [] })).toBe(0);
      expect(await count({ webhookId: 'wh_other' })).toBe(1);
      expect(await count({ deliveryStatus: 'delivered' })).toBe(0);
      expect(await count({ createdAt: h.clock.now() })).toBe(0);
      const span = { since: second?.acceptedAt ?? 0, until: third?.acceptedAt ?? 0 };
      expect(await count({ ...span, types: ['user.login'] })).toBe(1);
    });

    it('is listed by account and by webhook without excluded apps, newest first', async () => {
      await using h = withDeliveries(open());
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

  describe(`${name}: a cancellation`, () => {
    it.each<[string, (events: AcceptedEvent[]) => Partial<DeliveryChoice>, number[]]>([
      ['everything', () => ({}), [0, 1, 2, 3]],
      ['since a time, inclusive', (all) => ({ since: acceptedAt(all[1]) }), [1, 2, 3]],
      ['until a time, exclusive', (all) => ({ until: acceptedAt(all[2]) }), [0, 1]],
      ['some ids', (all) => ({ ids: [idOf(all[0]), idOf(all[3])] }), [0, 3]],
      ['no id', () => ({ ids: [] }), []],
      ['another type', () => ({ events: ['license.created'] }), []],
      ['its type', () => ({ events: ['user.login'] }), [0, 1, 2, 3]],
      ['its type by a pattern', () => ({ events: ['invoice.*', 'user.*'] }), [0, 1, 2, 3]],
      ['types by other patterns', () => ({ events: ['use.*', 'user.login.*'] }), []],
      ['all but its type', () => ({ exceptEvents: ['user.ban', 'user.login'] }), []],
      ['all but its types by a pattern', () => ({ exceptEvents: ['user.*'] }), []],
      ['all but all', () => ({ exceptEvents: ['*'] }), []],
      ['all but others', () => ({ exceptEvents: ['user', 'use.*', 'userx*', 'user.login.*'] }), [0, 1, 2, 3]],
      ['another webhook', () => ({ webhookId: 'wh_other' }), []],
    ])('of %s cancels those and no others', async (_, choose, expected) => {
      await using h = withDeliveries(open());
      const all = await h.waiting(4);
      const choice = { webhookId, ...choose(all) };
      expect(await h.cancellations.count(choice)).toEqual({ waiting: expected.length, underWay: 0 });
      const count = await h.cancellations.cancelSome(choice, 'cancelled_by_user', 7, 100);
      expect(count).toBe(expected.length);
      const statuses = await Promise.all(all.map((event) => h.deliveries.get(idOf(event))));
      expect(
        statuses.flatMap((delivery, index) => (delivery?.status === 'cancelled' ? [index] : [])),
      ).toEqual(expected);
      h.clock.advance(10_000);
      expect(await h.findDue()).toHaveLength(4 - expected.length);
    });

    it.each([
      ['cancelled_by_user', { status: 'cancelled', reason: 'cancelled_by_user' }],
      ['not_subscribed', { status: 'delivered', reason: null }],
    ] as const)('by the reason %s ends a delivery that was delivered before as %o', async (reason, end) => {
      await using h = withDeliveries(open());
      const at = h.clock.now();
      const [event, waiting] = await h.waiting(2);
      await h.queue.writeResults((await h.findDue()).slice(0, 1).map((due) => delivered(due, at)));
      await h.deliveries.retryNow({ id: idOf(event), webhookId }, at);
      expect(await h.cancellations.cancelSome({ webhookId }, reason, at + 60_000, 100)).toBe(2);
      expect(await h.deliveries.get(idOf(event))).toMatchObject(end);
      expect(await h.deliveries.get(idOf(waiting))).toMatchObject({ status: 'cancelled', reason });
      expect(await h.findDue()).toEqual([]);
    });

    it('counts a matching delivery in its first attempt as under way', async () => {
      await using h = withDeliveries(open());
      const at = h.clock.now();
      const event = anEvent({ acceptedAt: at });
      await h.events.insertMany([event]);
      const underWay = async (choice: Partial<DeliveryChoice>) =>
        (await h.cancellations.count({ webhookId, ...choice })).underWay;
      expect(await underWay({ since: iso(at), until: iso(at + 1), events: ['user.login'] })).toBe(1);
      expect(await underWay({ since: iso(at + 1) })).toBe(0);
      expect(await underWay({ until: iso(at) })).toBe(0);
      expect(await underWay({ events: ['license.created'] })).toBe(0);
      expect(await underWay({ ids: [] })).toBe(0);
      expect(await underWay({ ids: [idOf(event)] })).toBe(1);
      expect(await underWay({ exceptEvents: ['license.created'] })).toBe(1);
      expect(await underWay({ exceptEvents: ['user.*'] })).toBe(0);
    });
  });

  describe(`${name}: sending again`, () => {
    it('makes only deliveries due that are due later, of a pause only those that wait for its end', async () => {
      await using h = withDeliveries(open());
      const [paused, retried, due] = await h.waiting(3);
      const now = h.clock.now();
      const later = now + 60_000;
      const pending = await h.findDue();
      const toLater = (event: AcceptedEvent | undefined) => {
        const delivery = pending.find(({ deliveryId }) => deliveryId === idOf(event));
        if (delivery === undefined) throw new Error('the delivery is due');
        return toRetry(delivery, now, later);
      };
      await h.queue.writeResults([{ ...toLater(paused), reason: 'webhook_paused' }, toLater(retried)]);
      const dueAt = async (event: AcceptedEvent | undefined) => (await h.deliveries.get(idOf(event)))?.dueAt;
      expect(await h.deliveries.resume(webhookId, 'paused', now + 5, 10)).toBe(1);
      expect(await Promise.all([paused, retried, due].map(dueAt))).toEqual([now + 5, later, now]);
      expect(await h.deliveries.get(idOf(paused))).toMatchObject({ reason: 'awaiting_retry' });
      expect(await h.deliveries.resume(webhookId, 'all', now + 5, 10)).toBe(1);
      expect(await Promise.all([paused, retried, due].map(dueAt))).toEqual([now + 5, now + 5, now]);
    });

    it('clears the finish time of a delivery that is sent again, and changes no other', async () => {
      await using h = withDeliveries(open());
      const [other, event] = await h.failed(2);
      const elsewhere = { id: idOf(event), webhookId: 'wh_other' };
      expect(await h.deliveries.retryNow(elsewhere, h.clock.now())).toBe(false);
      expect(await h.deliveries.retryNow({ id: idOf(event), webhookId }, h.clock.now() + 3)).toBe(true);
      expect(await h.deliveries.get(idOf(other))).toMatchObject({ status: 'failed', dueAt: null });
      expect(await h.deliveries.get(idOf(event))).toMatchObject({
        status: 'pending',
        reason: 'awaiting_retry',
        finishedAt: null,
        dueAt: h.clock.now() + 3,
      });
    });
  });

  it(`${name}: returns the queue state of an account or app, with in-flight events and retries`, async () => {
    await using h = withDeliveries(open());
    const at = h.clock.now();
    const other = { appId: 'app_b', accountId: 'acc_b' };
    await h.events.insertMany([anEvent({ acceptedAt: at }), anEvent(other)]);
    await h.waiting(1);
    await h.waiting(1, other);
    const [later] = await h.waiting(1);
    const [delivery] = await h.queue.pullMany([idOf(later)], at);
    if (delivery === undefined) throw new Error('the delivery is due');
    await h.queue.writeResults([toRetry(delivery, at, at + 500)]);
    const state = async (visibility: Partial<Visibility>, now: number) =>
      await h.deliveries.getQueueState({ excludedAppIds: [], ...visibility }, now);
    expect(await state({}, at)).toEqual({
      pending: 5,
      dueNow: 4,
      inFlight: 2,
      oldestDueAt: at,
      isCapped: false,
    });
    expect(await state({ accountId: 'acc_a' }, at)).toMatchObject({ pending: 3, dueNow: 2 });
    expect(await state({ accountId: 'acc_a' }, at + 500)).toMatchObject({ pending: 3, dueNow: 3 });
    expect(await state({ appId: 'app_test' }, at + 499)).toMatchObject({ pending: 3, dueNow: 2 });
    expect(await state({ excludedAppIds: ['app_b'] }, at + 500)).toMatchObject({ pending: 3, dueNow: 3 });
    expect(await state({ accountId: 'acc_c' }, at)).toMatchObject({ pending: 0, dueNow: 0 });
  });

  it(`${name}: counts undelivered deliveries since a time, and those that wait, by app and by webhook`, async () => {
    await using h = withDeliveries(open());
    const at = h.clock.now();
    const other = { appId: 'app_b', accountId: 'acc_b' };
    await h.failed(2);
    await h.failed(1, other);
    await h.failed(1, { acceptedAt: at - 1 });
    await h.waiting(3);
    await h.waiting(4, other);
    const count = async (visibility: Partial<Visibility>, since = at) =>
      await h.deliveries.countUndelivered({ excludedAppIds: [], ...visibility }, since);
    const none = { pending: 0, failed: 0, cancelled: 0, isCapped: false };
    expect(await count({})).toEqual({ ...none, pending: 7, failed: 3 });
    expect(await count({}, at - 1)).toEqual({ ...none, pending: 7, failed: 4 });
    expect(await count({ accountId: 'acc_b' })).toEqual({ ...none, pending: 4, failed: 1 });
    expect(await count({ appId: 'app_b' })).toEqual({ ...none, pending: 4, failed: 1 });
    expect(await count({ excludedAppIds: ['app_b'] })).toEqual({ ...none, pending: 3, failed: 2 });
    expect(await count({ accountId: 'acc_c' })).toEqual(none);
    const [ours, theirs] = [
      { appId: 'app_test', accountId: 'acc_a', waiting: 3 },
      { ...other, waiting: 4 },
    ];
    expect(await h.deliveries.countWaiting(undefined, 100)).toEqual({
      apps: expect.arrayContaining([ours, theirs]) as unknown,
      next: undefined,
    });
    // The second account is not counted completely.
    expect(await h.deliveries.countWaiting(undefined, 5)).toEqual({ apps: [ours], next: 'acc_a' });
    expect(await h.deliveries.countWaiting('acc_a', 5)).toEqual({ apps: [theirs], next: undefined });
    // It alone has as many as are read.
    expect(await h.deliveries.countWaiting('acc_a', 2)).toEqual({
      apps: [{ ...theirs, waiting: 2 }],
      next: 'acc_b',
    });
    const to = async (limit: number) => await h.deliveries.countWaitingTo([webhookId, 'wh_none'], limit);
    expect(await to(100)).toEqual(new Map([[webhookId, 7]]));
    expect(await to(5)).toEqual(new Map([[webhookId, 5]]));
  });

  it(`${name}: lists visible deliveries only, including those in flight`, async () => {
    await using h = withDeliveries(open());
    const at = h.clock.now();
    const other = { appId: 'app_b', accountId: 'acc_b' };
    const [ours, theirs] = [anEvent({ acceptedAt: at }), anEvent({ acceptedAt: at, ...other })];
    await h.events.insertMany([ours, theirs]);
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
}
