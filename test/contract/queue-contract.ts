import { describe, expect, it } from 'vitest';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { DeliveryQueue } from '../../server/src/domain/ports/delivery-queue.ts';
import type { DeliveryStore } from '../../server/src/domain/ports/delivery-store.ts';
import type { EventStore } from '../../server/src/domain/ports/event-store.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import type { FakeClock } from '../support/clock.ts';

export interface QueueHarness extends AsyncDisposable {
  readonly queue: DeliveryQueue;
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  readonly clock: FakeClock;
  /** Corrupts an event's document so that it is unreadable. */
  damage(eventId: string): Promise<void>;
  /** Deletes an event's document. */
  lose(eventId: string): Promise<void>;
  /** A queue on the same data. Its next claim runs `action` between its search and its write. */
  overtakenBy(action: () => Promise<unknown>): DeliveryQueue;
}

export const leaseMs = 15_000;

/** The promises of a queue to the engine. A function, so that another store can run the same suite. */
export function queueContract(name: string, open: () => Promise<QueueHarness>): void {
  const claim = (token: string, excludedWebhookIds: string[] = []) => ({
    limit: 100,
    token,
    leaseMs,
    excludedWebhookIds,
  });
  /** In the outbox, due at once, without a lease. */
  const free = (h: QueueHarness) => ({ token: undefined, until: h.clock.now() });
  const claimedBy = async (h: QueueHarness, token: string) =>
    (await h.queue.claimEntries(claim(token))).flatMap((entry) => entry.events);

  describe(`${name}: accepting`, () => {
    it('stores an event and returns its outbox entry', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      const { batches, duplicates } = await h.events.insertMany([event], free(h));
      expect(batches).toEqual([{ id: event.id, events: [event] }]);
      expect(duplicates.size).toBe(0);
      expect(await h.events.get(event.id)).toEqual(event);
    });

    it('returns the first event for a second one with its key, in one insert, two, or two at once', async () => {
      await using h = await open();
      const make = () => anEvent({ idempotencyKey: 'k1', acceptedAt: h.clock.now() });
      const [first, second, third, fourth] = [make(), make(), make(), make()];
      const both = await h.events.insertMany([first, second], free(h));
      expect(both.batches).toEqual([{ id: first.id, events: [first] }]);
      expect(both.duplicates.get(second.id)?.id).toBe(first.id);
      const [later, atOnce] = await Promise.all([
        h.events.insertMany([third], free(h)),
        h.events.insertMany([fourth], free(h)),
      ]);
      expect([later.duplicates.get(third.id)?.id, atOnce.duplicates.get(fourth.id)?.id]).toEqual([
        first.id,
        first.id,
      ]);
      expect([later.batches, atOnce.batches]).toEqual([[], []]);
      expect(await claimedBy(h, 't.1')).toHaveLength(1);
    });

    it('stores the other events wherever a key is taken, and owes each of them', async () => {
      for (const place of [0, 1, 2]) {
        await using h = await open();
        const taken = anEvent({ idempotencyKey: 'k', acceptedAt: h.clock.now() });
        await h.events.insertMany([taken], free(h));
        await h.queue.completeEntries([taken.id], 'none');
        const others = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
        const again = anEvent({ idempotencyKey: 'k', acceptedAt: h.clock.now() });
        const { batches, duplicates } = await h.events.insertMany(others.toSpliced(place, 0, again), free(h));
        expect([...duplicates].map(([id, first]) => [id, first.id])).toEqual([[again.id, taken.id]]);
        const stored = batches.flatMap((batch) => batch.events).map((event) => event.id);
        expect(stored).toEqual(others.map((event) => event.id));
        const claimed = (await claimedBy(h, 'one.1')).map(({ event }) => event.id);
        expect([...new Set(claimed)].toSorted()).toEqual([taken.id, ...stored].toSorted());
      }
    });

    it('stores two events for the same key in two apps', async () => {
      await using h = await open();
      const two = ['a', 'b'].map((appId) => anEvent({ idempotencyKey: 'k', appId }));
      const { batches, duplicates } = await h.events.insertMany(two, free(h));
      expect(batches).toEqual([{ id: two[0]?.id, events: two }]);
      expect(duplicates.size).toBe(0);
    });
  });

  describe(`${name}: claiming events`, () => {
    it('returns an event without a lease to the first claim, and to no other', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now(), targets: ['wh_a', 'wh_b'] });
      await h.events.insertMany([event], free(h));
      const claimed = await claimedBy(h, 'one.1');
      expect(claimed).toEqual([{ event, missing: [0, 1] }]);
      expect(await claimedBy(h, 'two.1')).toEqual([]);
    });

    it('returns each of many events to exactly one of several concurrent claims', async () => {
      await using h = await open();
      const all = Array.from({ length: 60 }, () => anEvent({ acceptedAt: h.clock.now() }));
      for (let at = 0; at < all.length; at += 4) await h.events.insertMany(all.slice(at, at + 4), free(h));
      const rounds = await Promise.all(['a.1', 'b.1', 'c.1'].map((token) => claimedBy(h, token)));
      const ids = rounds.flat().map(({ event }) => event.id);
      expect(ids.toSorted()).toEqual(all.map((event) => event.id).toSorted());
    });

    it('returns an eagerly dispatched event to no claim until its lease ends', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() + leaseMs });
      h.clock.advance(leaseMs - 1);
      expect(await claimedBy(h, 'two.1')).toEqual([]);
      h.clock.advance(1);
      expect(await claimedBy(h, 'two.1')).toHaveLength(1);
    });

    it('keeps a renewed lease, and makes a released event due at once', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      const leased = { token: 'one.0', entryIds: [event.id], deliveryIds: [] };
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() + leaseMs });
      h.clock.advance(leaseMs - 1);
      await h.queue.renew(leased, leaseMs);
      h.clock.advance(leaseMs - 1);
      expect(await claimedBy(h, 'two.1')).toEqual([]);
      await h.queue.release(leased);
      expect(await claimedBy(h, 'two.1')).toHaveLength(1);
    });

    it('does not renew, release or complete an entry that another process claimed', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() + leaseMs });
      h.clock.advance(leaseMs);
      expect(await claimedBy(h, 'two.1')).toHaveLength(1);
      await h.queue.release({ token: 'one.0', entryIds: [event.id], deliveryIds: [] });
      await h.queue.renew({ token: 'one.0', entryIds: [event.id], deliveryIds: [] }, 10 * leaseMs);
      await h.queue.completeEntries([event.id], 'one.0');
      expect(await claimedBy(h, 'three.1')).toEqual([]);
      h.clock.advance(leaseMs);
      expect(await claimedBy(h, 'three.1')).toHaveLength(1);
    });

    it('returns only the targets without a delivery', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now(), targets: ['wh_a', 'wh_b', 'wh_c'] });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() + leaseMs });
      await h.queue.writeResults([delivered(firstDeliveryOf(event, 'one.0', 1), h.clock.now())]);
      h.clock.advance(leaseMs);
      expect((await claimedBy(h, 'two.1'))[0]?.missing).toEqual([0, 2]);
    });

    it('never returns an event that is complete or unmatched', async () => {
      await using h = await open();
      const unmatched = anEvent({ acceptedAt: h.clock.now(), targets: [] });
      const done = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertUnmatched([unmatched]);
      await h.events.insertMany([done], { token: 'one.0', until: h.clock.now() });
      await h.queue.completeEntries([done.id], 'one.0');
      h.clock.advance(leaseMs * 10);
      expect(await claimedBy(h, 'two.1')).toEqual([]);
      expect(await h.queue.nextDueAt()).toBeUndefined();
    });

    it('returns an event without a lease once it is marked due, or its timeout is over', async () => {
      await using h = await open();
      const [marked, forgotten] = [
        anEvent({ acceptedAt: h.clock.now() }),
        anEvent({ acceptedAt: h.clock.now() }),
      ];
      for (const event of [marked, forgotten]) {
        await h.events.insertMany([event], { token: undefined, until: h.clock.now() + leaseMs });
      }
      expect(await claimedBy(h, 'one.1')).toEqual([]);
      await h.events.markDue([marked.id], h.clock.now());
      expect((await claimedBy(h, 'one.2')).map(({ event }) => event.id)).toEqual([marked.id]);
      h.clock.advance(leaseMs - 1);
      await h.events.markDue([marked.id], h.clock.now());
      expect(await claimedBy(h, 'two.1')).toEqual([]);
      h.clock.advance(1);
      expect((await claimedBy(h, 'two.2')).map(({ event }) => event.id)).toEqual(
        expect.arrayContaining([forgotten.id]),
      );
    });

    it('skips entries that wait for a webhook whose queue is full', async () => {
      await using h = await open();
      const [busy, free_] = ['wh_busy', 'wh_free'].map((target) =>
        anEvent({ targets: [target], acceptedAt: h.clock.now() }),
      );
      if (busy === undefined || free_ === undefined) throw new Error('two events');
      await h.events.insertMany([busy], { ...free(h), fullQueue: 'wh_busy' });
      await h.events.insertMany([free_], free(h));
      const claimed = await h.queue.claimEntries(claim('one.1', ['wh_busy']));
      expect(claimed.map(({ id }) => id)).toEqual([free_.id]);
      expect(await h.queue.claimEntries(claim('one.2'))).toMatchObject([{ id: busy.id }]);
    });

    it('reports an entry as complete only when none of its events can still be inserted', async () => {
      await using h = await open();
      const events = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
      await h.events.insertMany(events, free(h));
      const [first] = await h.queue.claimEntries(claim('one.1'));
      expect(first).toMatchObject({ id: events[0]?.id, isComplete: true });
      await h.lose(events[1]?.id ?? '');
      h.clock.advance(leaseMs);
      const [later] = await h.queue.claimEntries(claim('one.2'));
      expect(later).toMatchObject({ events: [{ event: { id: events[0]?.id } }], isComplete: false });
      h.clock.advance(leaseMs);
      expect(await h.queue.claimEntries(claim('one.3'))).toMatchObject([{ isComplete: true }]);
    });

    it('claims entries as a whole, at least one and about as many events as requested', async () => {
      await using h = await open();
      for (let n = 0; n < 4; n++) {
        const three = Array.from({ length: 3 }, () => anEvent({ acceptedAt: h.clock.now() }));
        await h.events.insertMany(three, free(h));
      }
      const sizes = [];
      for (const limit of [1, 4, 100]) {
        const entries = await h.queue.claimEntries({ ...claim(`one.${limit}`), limit });
        sizes.push(entries.map((entry) => entry.events.length));
      }
      expect(sizes).toEqual([[3], [3, 3], [3]]);
    });

    it('skips a corrupt event and returns the others', async () => {
      await using h = await open();
      const bad = anEvent({ acceptedAt: h.clock.now() });
      const good = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([bad, good], free(h));
      await h.damage(bad.id);
      expect((await claimedBy(h, 'one.1')).map(({ event }) => event.id)).toEqual([good.id]);
      h.clock.advance(leaseMs);
      expect((await claimedBy(h, 'two.1')).map(({ event }) => event.id)).toEqual([good.id]);
    });

    it('releases the leases of a dead process, and no others', async () => {
      await using h = await open();
      const mine = anEvent({ acceptedAt: h.clock.now() });
      const theirs = anEvent({ acceptedAt: h.clock.now() });
      const until = h.clock.now() + leaseMs;
      await h.events.insertMany([mine], { token: 'dead.0', until });
      await h.events.insertMany([theirs], { token: 'deadly.0', until });
      expect(await h.queue.releaseOwner('dead')).toBe(1);
      expect((await claimedBy(h, 'new.1')).map(({ event }) => event.id)).toEqual([mine.id]);
    });
  });

  describe(`${name}: storing results`, () => {
    it("keeps the first of two writes of a delivery's first result, and fences the second", async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      const winner = toRetry(firstDeliveryOf(event, 'two.1'), h.clock.now(), h.clock.now() + 5_000);
      expect(await h.queue.writeResults([winner])).toEqual(new Set());
      const late = delivered(firstDeliveryOf(event, 'one.0'), h.clock.now());
      expect(await h.queue.writeResults([late])).toEqual(new Set([late.delivery.deliveryId]));
      expect(await h.deliveries.get(late.delivery.deliveryId)).toMatchObject({
        status: 'pending',
        attemptCount: 1,
      });
    });

    it('does not fence a result that is written again because the first reply was lost', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      const result = delivered(firstDeliveryOf(event, 'one.0'), h.clock.now());
      expect(await h.queue.writeResults([result])).toEqual(new Set());
      expect(await h.queue.writeResults([result])).toEqual(new Set());
      const another = delivered(firstDeliveryOf(event, 'two.1'), h.clock.now() + 1);
      expect(await h.queue.writeResults([another])).toEqual(new Set([another.delivery.deliveryId]));
    });

    it('claims a pending delivery when it is due, with its event and attempt count', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([
        toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now() + 5_000),
      ]);
      h.clock.advance(4_999);
      expect(await h.queue.claimDeliveries(claim('one.1'))).toEqual([]);
      h.clock.advance(1);
      const [claimed] = await h.queue.claimDeliveries(claim('one.2'));
      expect(claimed).toMatchObject({ event, attemptCount: 1, source: 'retry', token: 'one.2' });
      expect(await h.queue.claimDeliveries(claim('two.1'))).toEqual([]);
    });

    it('appends attempts in order, and never claims a finished delivery', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
      const [claimed] = await h.queue.claimDeliveries(claim('one.1'));
      if (claimed === undefined) throw new Error('nothing was due');
      h.clock.advance(10);
      expect(await h.queue.writeResults([delivered(claimed, h.clock.now())])).toEqual(new Set());
      const delivery = await h.deliveries.get(claimed.deliveryId);
      expect(delivery).toMatchObject({ status: 'delivered', reason: null, attemptCount: 2, dueAt: null });
      expect(delivery?.attempts.map((attempt) => attempt.statusCode)).toEqual([500, 200]);
      expect(delivery?.finishedAt).toBe(h.clock.now());
      h.clock.advance(leaseMs * 10);
      expect(await h.queue.claimDeliveries(claim('two.1'))).toEqual([]);
    });

    it('fences a result whose lease another process claimed, and changes nothing', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
      const [slow] = await h.queue.claimDeliveries(claim('one.1'));
      h.clock.advance(leaseMs);
      const [quick] = await h.queue.claimDeliveries(claim('two.1'));
      if (slow === undefined || quick === undefined) throw new Error('nothing was due');
      expect(await h.queue.writeResults([delivered(slow, h.clock.now())])).toEqual(
        new Set([slow.deliveryId]),
      );
      expect(await h.deliveries.get(slow.deliveryId)).toMatchObject({ status: 'pending', attemptCount: 1 });
      expect(await h.queue.writeResults([delivered(quick, h.clock.now())])).toEqual(new Set());
      expect(await h.deliveries.get(slow.deliveryId)).toMatchObject({ status: 'delivered', attemptCount: 2 });
    });

    it('skips webhooks whose queue has no room', async () => {
      await using h = await open();
      const events = ['wh_busy', 'wh_free'].map((target) =>
        anEvent({ targets: [target], acceptedAt: h.clock.now() }),
      );
      await h.events.insertMany(events, { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults(
        events.map((event) => toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())),
      );
      const claimed = await h.queue.claimDeliveries(claim('one.1', ['wh_busy']));
      expect(claimed.map((delivery) => delivery.webhookId)).toEqual(['wh_free']);
    });

    it('fails a delivery whose event is gone as undeliverable, and returns the others', async () => {
      await using h = await open();
      const events = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
      await h.events.insertMany(events, { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults(
        events.map((event) => toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())),
      );
      const [lost, kept] = events.map((event) => event.id);
      await h.lose(lost ?? '');
      const claimed = await h.queue.claimDeliveries(claim('one.1'));
      expect(claimed.map((delivery) => delivery.event.id)).toEqual([kept]);
      expect(await h.deliveries.get(toDeliveryId(lost ?? '', 0))).toMatchObject({
        status: 'failed',
        reason: 'undeliverable',
      });
    });

    it('keeps the last 50 attempts of a delivery and counts all of them', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      const startedAt = h.clock.now();
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), startedAt, startedAt)]);
      for (let n = 1; n < 53; n++) {
        h.clock.advance(1);
        const [claimed] = await h.queue.claimDeliveries(claim(`one.${n}`));
        if (claimed === undefined) throw new Error('nothing was due');
        await h.queue.writeResults([toRetry(claimed, h.clock.now(), h.clock.now())]);
      }
      const delivery = await h.deliveries.get(toDeliveryId(event.id, 0));
      expect(delivery?.attemptCount).toBe(53);
      const kept = Array.from({ length: 50 }, (_, index) => startedAt + 3 + index);
      expect(delivery?.attempts.map((attempt) => attempt.at)).toEqual(kept);
    });

    it('returns when the next item is due', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() + leaseMs });
      await h.queue.writeResults([
        toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now() + 5_000),
      ]);
      expect(await h.queue.nextDueAt()).toBe(h.clock.now() + 5_000);
    });
  });
}
