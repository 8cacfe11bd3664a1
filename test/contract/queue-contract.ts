import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { partitionCount, toPartition } from '../../server/src/domain/partition.ts';
import type { OwedEntry } from '../../server/src/domain/ports/delivery-queue.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import type { StoresHarness } from './stores-harness.ts';

const all: ReadonlySet<number> = new Set(Array.from({ length: partitionCount }, (_, index) => index));

/** Finds the open entries of some partitions, of any age. */
function findOpen(h: StoresHarness, partitions: Iterable<number> = all) {
  return h.queue.findOpenEntries({
    partitions: [...partitions],
    after: undefined,
    acceptedBefore: h.clock.now() + 60_000,
    limit: 100,
  });
}

async function readOpen(h: StoresHarness, partitions: ReadonlySet<number> = all): Promise<OwedEntry[]> {
  return await h.queue.readEntries(await findOpen(h, partitions), partitions);
}

/** What is owed by open entries: delivery ids, sorted. */
async function owed(h: StoresHarness, partitions: ReadonlySet<number> = all): Promise<string[]> {
  return (await readOpen(h, partitions))
    .flatMap(({ events }) =>
      events.flatMap(({ event, missing }) => missing.map((index) => toDeliveryId(event.id, index))),
    )
    .sort();
}

/** Two webhooks in different partitions. */
const [first, second] = ['wh_000000000001', 'wh_000000000002'];

/** The promises of a queue to the engine. A function, so that another store can run the same suite. */
export function queueContract(name: string, open: () => StoresHarness): void {
  const accept = async (h: StoresHarness, ...changes: Partial<AcceptedEvent>[]): Promise<AcceptedEvent[]> => {
    const events = changes.map((change) => anEvent({ acceptedAt: h.clock.now(), ...change }));
    await h.events.insertMany(events);
    return events;
  };
  /** Stores an event whose first attempt failed. Returns its delivery as it is pulled at `dueAt`. */
  const retryLater = async (h: StoresHarness, dueAt: number, change: Partial<AcceptedEvent> = {}) => {
    const [event] = await accept(h, change);
    if (event === undefined) throw new Error('one event');
    await h.queue.writeResults([toRetry(firstDeliveryOf(event), h.clock.now(), dueAt)]);
    return event;
  };

  describe(`${name}: accepting`, () => {
    it('stores an event and opens an entry for the partition of each target', async () => {
      await using h = open();
      const event = anEvent({ acceptedAt: h.clock.now(), targets: [first, second] });
      const { batches, duplicates } = await h.events.insertMany([event]);
      expect(batches).toEqual([{ id: event.id, events: [event] }]);
      expect(duplicates.size).toBe(0);
      expect(await h.events.get(event.id)).toEqual(event);
      const [entry] = await findOpen(h);
      expect(entry).toMatchObject({ id: event.id, eventIds: [event.id] });
      expect(new Set(entry?.open)).toEqual(new Set([toPartition(first), toPartition(second)]));
    });

    it('returns the first event for a second one with its key, in one insert, two, or two at once', async () => {
      await using h = open();
      const make = () => anEvent({ idempotencyKey: 'k1', acceptedAt: h.clock.now() });
      const [one, two, three, four] = [make(), make(), make(), make()];
      const both = await h.events.insertMany([one, two]);
      expect(both.batches).toEqual([{ id: one.id, events: [one] }]);
      expect(both.duplicates.get(two.id)?.id).toBe(one.id);
      const [later, atOnce] = await Promise.all([h.events.insertMany([three]), h.events.insertMany([four])]);
      expect([later.duplicates.get(three.id)?.id, atOnce.duplicates.get(four.id)?.id]).toEqual([
        one.id,
        one.id,
      ]);
      expect([later.batches, atOnce.batches]).toEqual([[], []]);
      expect(await owed(h)).toEqual([toDeliveryId(one.id, 0)]);
    });

    it('stores the other events wherever a key is taken, and owes each of them', async () => {
      for (const place of [0, 1, 2]) {
        await using h = open();
        const [taken] = await accept(h, { idempotencyKey: 'k' });
        const others = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
        const again = anEvent({ idempotencyKey: 'k', acceptedAt: h.clock.now() });
        const { batches, duplicates } = await h.events.insertMany(others.toSpliced(place, 0, again));
        expect([...duplicates].map(([id, stored]) => [id, stored.id])).toEqual([[again.id, taken?.id]]);
        expect(batches.flatMap((batch) => batch.events).map(({ id }) => id)).toEqual(
          others.map(({ id }) => id),
        );
        const ids = [taken?.id ?? '', ...others.map(({ id }) => id)];
        expect([...new Set(await owed(h))]).toEqual(ids.map((id) => toDeliveryId(id, 0)).toSorted());
      }
    });

    it('stores two events for the same key in two apps', async () => {
      await using h = open();
      const two = ['a', 'b'].map((appId) => anEvent({ idempotencyKey: 'k', appId }));
      const { batches, duplicates } = await h.events.insertMany(two);
      expect(batches).toEqual([{ id: two[0]?.id, events: two }]);
      expect(duplicates.size).toBe(0);
    });

    it('opens no entry for events without targets', async () => {
      await using h = open();
      await accept(h, { targets: [] }, { targets: [] });
      expect(await findOpen(h)).toEqual([]);
    });
  });

  describe(`${name}: open entries`, () => {
    it('are found by each partition that they owe, in the order of their ids, after an id', async () => {
      await using h = open();
      const [one] = await accept(h, { targets: [first] });
      h.clock.advance(1);
      const [both] = await accept(h, { targets: [first, second] });
      const find = async (webhookId: string, after?: string) =>
        (
          await h.queue.findOpenEntries({
            partitions: [toPartition(webhookId)],
            after,
            acceptedBefore: h.clock.now() + 1,
            limit: 10,
          })
        ).map(({ id }) => id);
      expect(await find(first)).toEqual([one?.id, both?.id]);
      expect(await find(second)).toEqual([both?.id]);
      expect(await find(first, one?.id)).toEqual([both?.id]);
      expect(await find('wh_000000000009')).toEqual([]);
    });

    it('are left out while they are younger than asked for', async () => {
      await using h = open();
      const [event] = await accept(h, {});
      const find = (acceptedBefore: number) =>
        h.queue.findOpenEntries({ partitions: [...all], after: undefined, acceptedBefore, limit: 10 });
      expect(await find(h.clock.now())).toEqual([]);
      expect(await find(h.clock.now() + 1)).toMatchObject([{ id: event?.id }]);
    });

    it('are returned by id as long as they are open', async () => {
      await using h = open();
      const [event] = await accept(h, {});
      expect(await h.queue.getOpenEntries([event?.id ?? '', 'evt_unknown'])).toMatchObject([
        { id: event?.id },
      ]);
      await h.queue.closeEntries([{ entryId: event?.id ?? '', partition: toPartition(first) }]);
      expect(await h.queue.getOpenEntries([event?.id ?? ''])).toEqual([]);
    });

    it('owe only the targets of the partitions that have no document', async () => {
      await using h = open();
      const [event] = await accept(h, { targets: [first, second, first] });
      if (event === undefined) throw new Error('one event');
      await h.queue.writeResults([delivered(firstDeliveryOf(event, 0), h.clock.now())]);
      expect(await owed(h)).toEqual([1, 2].map((index) => toDeliveryId(event.id, index)));
      expect(await owed(h, new Set([toPartition(first)]))).toEqual([toDeliveryId(event.id, 2)]);
    });

    it('stay open until their last partition is closed, in any order and more than once', async () => {
      await using h = open();
      const [event, member] = await accept(h, { targets: [first] }, { targets: [second], appId: 'app_b' });
      const entryId = event?.id ?? '';
      const close = (webhookId: string) =>
        h.queue.closeEntries([{ entryId, partition: toPartition(webhookId) }]);
      await close(second);
      await close(second);
      const find = () => h.queue.getOpenEntries([entryId]);
      expect(await find()).toMatchObject([
        { id: entryId, eventIds: [entryId, member?.id], open: [toPartition(first)] },
      ]);
      await close(first);
      expect(await find()).toEqual([]);
      await close(first);
      expect(await find()).toEqual([]);
    });
  });

  describe(`${name}: events that did not arrive`, () => {
    it('keep their entry incomplete until their gap is closed', async () => {
      await using h = open();
      const [, lost] = await accept(h, { appId: 'app_a' }, { appId: 'app_b' });
      await h.lose(lost?.id ?? '');
      expect(await readOpen(h)).toMatchObject([{ isComplete: false }]);
      await h.queue.closeGaps(await findOpen(h));
      expect(await h.findTombstones()).toEqual([{ id: lost?.id, appId: 'app_b' }]);
      expect(await readOpen(h)).toMatchObject([{ isComplete: true }]);
    });

    it('are refused when they come after their gap was closed', async () => {
      await using h = open();
      const [, lost] = await accept(h, {}, {});
      if (lost === undefined) throw new Error('two events');
      await h.lose(lost.id);
      await h.queue.closeGaps(await findOpen(h));
      const insertion = await h.events.insertMany([lost]);
      expect(insertion).toMatchObject({ batches: [], tooLate: new Set([lost.id]) });
      expect(await h.events.get(lost.id)).toBeUndefined();
      expect((await h.events.getMany([lost.id])).size).toBe(0);
    });

    it('are owed when they come just before', async () => {
      await using h = open();
      const [one, two] = await accept(h, {}, {});
      await h.queue.closeGaps(await findOpen(h));
      expect(await h.findTombstones()).toEqual([]);
      expect(await owed(h)).toEqual([one, two].map((event) => toDeliveryId(event?.id ?? '', 0)).sort());
    });
  });

  describe(`${name}: results`, () => {
    it('adds a second first result as an attempt, and tells that another writer was first', async () => {
      await using h = open();
      const [event] = await accept(h, {});
      if (event === undefined) throw new Error('one event');
      const winner = toRetry(firstDeliveryOf(event), h.clock.now(), h.clock.now() + 5_000);
      expect(await h.queue.writeResults([winner])).toEqual(new Set());
      const late = toRetry(firstDeliveryOf(event), h.clock.now() + 1, h.clock.now() + 60_000);
      expect(await h.queue.writeResults([late])).toEqual(new Set([late.delivery.deliveryId]));
      expect(await h.deliveries.get(late.delivery.deliveryId)).toMatchObject({
        status: 'pending',
        attemptCount: 2,
        dueAt: h.clock.now() + 5_000,
      });
    });

    it('ends a pending delivery with a late success', async () => {
      await using h = open();
      const event = await retryLater(h, h.clock.now() + 5_000);
      const late = delivered(firstDeliveryOf(event), h.clock.now() + 1);
      expect(await h.queue.writeResults([late])).toEqual(new Set([late.delivery.deliveryId]));
      expect(await h.deliveries.get(late.delivery.deliveryId)).toMatchObject({
        status: 'delivered',
        reason: null,
        dueAt: null,
        attemptCount: 2,
      });
    });

    it('never takes back a success', async () => {
      await using h = open();
      const [event] = await accept(h, {});
      if (event === undefined) throw new Error('one event');
      await h.queue.writeResults([delivered(firstDeliveryOf(event), h.clock.now())]);
      const late = toRetry(firstDeliveryOf(event), h.clock.now() + 1, h.clock.now() + 60_000);
      await h.queue.writeResults([late]);
      expect(await h.deliveries.get(late.delivery.deliveryId)).toMatchObject({
        status: 'delivered',
        dueAt: null,
        attemptCount: 2,
      });
    });

    it('never takes back a success, whose revision can be that of a result that a failover undid', async () => {
      await using h = open();
      const now = h.clock.now();
      const event = await retryLater(h, now);
      const [due] = await h.queue.pullMany([toDeliveryId(event.id, 0)], now);
      if (due === undefined) throw new Error('one is due');
      await h.queue.writeResults([delivered(due, now + 1)]);
      const stale = { ...due, revision: due.revision + 1 };
      const written = await h.queue.writeResults([toRetry(stale, now + 2, now + 60_000)]);
      expect(written).toEqual(new Set([due.deliveryId]));
      expect(await h.deliveries.get(due.deliveryId)).toMatchObject({ status: 'delivered', attemptCount: 3 });
    });

    it('does not add a result again that is written twice because the first reply was lost', async () => {
      await using h = open();
      const now = h.clock.now();
      const event = await retryLater(h, now);
      const [due] = await h.queue.pullMany([toDeliveryId(event.id, 0)], now);
      if (due === undefined) throw new Error('one is due');
      for (const result of [toRetry(firstDeliveryOf(event), now, now), delivered(due, now + 1)]) {
        await h.queue.writeResults([result]);
        expect(await h.queue.writeResults([result])).toEqual(new Set());
      }
      expect(await h.deliveries.get(due.deliveryId)).toMatchObject({ attemptCount: 2 });
    });

    it('appends attempts in order', async () => {
      await using h = open();
      const event = await retryLater(h, h.clock.now());
      const [due] = await h.queue.pullMany([toDeliveryId(event.id, 0)], h.clock.now());
      if (due === undefined) throw new Error('one is due');
      expect(due).toMatchObject({ event, attemptCount: 1, revision: 1 });
      h.clock.advance(10);
      expect(await h.queue.writeResults([delivered(due, h.clock.now())])).toEqual(new Set());
      const delivery = await h.deliveries.get(due.deliveryId);
      expect(delivery).toMatchObject({ status: 'delivered', reason: null, attemptCount: 2, dueAt: null });
      expect(delivery?.attempts.map((attempt) => attempt.statusCode)).toEqual([500, 200]);
      expect(delivery?.finishedAt).toBe(h.clock.now());
    });

    it('leaves what a person asked for meanwhile, unless the attempt succeeded', async () => {
      await using h = open();
      const [now, asked] = [h.clock.now(), h.clock.now() + 7_000];
      const event = await retryLater(h, now);
      const [due] = await h.queue.pullMany([toDeliveryId(event.id, 0)], now);
      if (due === undefined) throw new Error('one is due');
      await h.deliveries.retryNow({ id: due.deliveryId, webhookId: due.webhookId }, asked);
      const failed = toRetry(due, now + 1, now + 60_000);
      expect(await h.queue.writeResults([failed])).toEqual(new Set([due.deliveryId]));
      expect(await h.deliveries.get(due.deliveryId)).toMatchObject({ dueAt: asked, attemptCount: 2 });
      await h.deliveries.cancelPending(due.webhookId, 'cancelled_by_user', now, 10);
      await h.queue.writeResults([toRetry(due, now + 2, now + 60_000)]);
      expect(await h.deliveries.get(due.deliveryId)).toMatchObject({ status: 'cancelled', attemptCount: 3 });
      await h.queue.writeResults([delivered(due, now + 3)]);
      expect(await h.deliveries.get(due.deliveryId)).toMatchObject({ status: 'delivered', attemptCount: 4 });
    });

    it.each(['the owner', 'a deletion'])(
      'ends a delivery that was delivered before as delivered if %s cancels it',
      async (by) => {
        await using h = open();
        const deliveredAt = h.clock.now();
        const [event] = await accept(h, {});
        if (event === undefined) throw new Error('one event');
        const first = firstDeliveryOf(event);
        await h.queue.writeResults([delivered(first, deliveredAt)]);
        const before = await h.deliveries.get(first.deliveryId);
        h.clock.advance(1_000);
        const now = h.clock.now();
        await h.deliveries.retryNow({ id: first.deliveryId, webhookId: first.webhookId }, now);
        const [due] = await h.queue.pullMany([first.deliveryId], now);
        if (due === undefined) throw new Error('one is due');
        const reason = 'not_subscribed' as const;
        const cancelled = { status: 'cancelled' as const, reason, dueAt: null, attempt: undefined, at: now };
        if (by === 'the owner') {
          expect(await h.queue.writeResults([{ ...cancelled, delivery: due }])).toEqual(new Set());
          // The reply to the first write was lost.
          expect(await h.queue.writeResults([{ ...cancelled, delivery: due }])).toEqual(new Set());
        } else expect(await h.deliveries.cancelPending(due.webhookId, 'webhook_deleted', now, 10)).toBe(1);
        const success = before?.attempts[0];
        const finishedAt = (success?.at ?? 0) + (success?.durationMs ?? 0);
        expect(await h.deliveries.get(due.deliveryId)).toEqual({ ...before, finishedAt });
        expect(await h.queue.findHeads(toPartition(due.webhookId))).toEqual([]);
      },
    );

    it('cancels a delivery whose attempts failed, with the reason', async () => {
      await using h = open();
      const event = await retryLater(h, h.clock.now());
      const [due] = await h.queue.pullMany([toDeliveryId(event.id, 0)], h.clock.now());
      if (due === undefined) throw new Error('one is due');
      const reason = 'not_subscribed' as const;
      const at = h.clock.now() + 1;
      await h.queue.writeResults([
        { delivery: due, status: 'cancelled', reason, dueAt: null, attempt: undefined, at },
      ]);
      const ended = { status: 'cancelled', reason, dueAt: null, finishedAt: at, attemptCount: 1 };
      expect(await h.deliveries.get(due.deliveryId)).toMatchObject(ended);
    });

    it('counts what goes back to the database without an attempt as no attempt', async () => {
      await using h = open();
      const [event] = await accept(h, {});
      if (event === undefined) throw new Error('one event');
      const delivery = firstDeliveryOf(event);
      const waiting = {
        delivery,
        attempt: undefined,
        status: 'pending' as const,
        reason: 'awaiting_first_attempt' as const,
        dueAt: h.clock.now(),
        at: h.clock.now(),
      };
      await h.queue.writeResults([waiting]);
      expect(await h.queue.writeResults([waiting])).toEqual(new Set());
      const [due] = await h.queue.pullMany([delivery.deliveryId], h.clock.now());
      expect(due).toMatchObject({ attemptCount: 0, revision: 1 });
      const late = { ...waiting, delivery: { ...delivery, revision: 9 }, dueAt: h.clock.now() + 60_000 };
      expect(await h.queue.writeResults([late])).toEqual(new Set([delivery.deliveryId]));
      expect(await h.deliveries.get(delivery.deliveryId)).toMatchObject({ dueAt: h.clock.now() });
    });

    it('keeps the last 50 attempts of a delivery and counts all of them', async () => {
      await using h = open();
      const startedAt = h.clock.now();
      const event = await retryLater(h, startedAt);
      const id = toDeliveryId(event.id, 0);
      for (let n = 1; n < 53; n++) {
        h.clock.advance(1);
        const [due] = await h.queue.pullMany([id], h.clock.now());
        if (due === undefined) throw new Error('nothing was due');
        await h.queue.writeResults([toRetry(due, h.clock.now(), h.clock.now())]);
      }
      const delivery = await h.deliveries.get(id);
      expect(delivery?.attemptCount).toBe(53);
      const kept = Array.from({ length: 50 }, (_, index) => startedAt + 3 + index);
      expect(delivery?.attempts.map((attempt) => attempt.at)).toEqual(kept);
    });
  });
}
