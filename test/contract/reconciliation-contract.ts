import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { ReconciliationStore } from '../../server/src/domain/ports/reconciliation-store.ts';
import { createReconciliation } from '../../server/src/services/system/reconciliation.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, aProcess, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { aFinalDelivery, type StoresHarness } from './stores-harness.ts';

const dayMs = 86_400_000;

/** The target of the events of `anEvent`. */
const target = 'wh_000000000001';

function withChecks(h: StoresHarness) {
  const { clock, queue } = h;
  return {
    ...h,
    /** Checks a window that ends a second from now, so that it contains events accepted meanwhile. */
    check: (reconciliation: ReconciliationStore) =>
      createReconciliation({ reconciliation, clock, keepMs: 30 * dayMs })({ to: clock.now() + 1_000 }),
    deliver: async (events: readonly AcceptedEvent[]) => {
      await queue.writeResults(events.map((event) => delivered(firstDeliveryOf(event), clock.now())));
      await queue.closeEntries([{ entryId: events[0]?.id ?? '', partition: toPartition(target) }]);
    },
  };
}

/** The methods of a store as an object, so that a test can replace one of them. */
const portOf = (reconciliation: ReconciliationStore): ReconciliationStore => ({
  readSlice: (...range) => reconciliation.readSlice(...range),
  getDeliveries: (ids) => reconciliation.getDeliveries(ids),
  findDeletedApps: (ids) => reconciliation.findDeletedApps(ids),
  findExistingEvents: (ids) => reconciliation.findExistingEvents(ids),
  findPendingEvents: (ids) => reconciliation.findPendingEvents(ids),
  findStuckEntries: (before, limit) => reconciliation.findStuckEntries(before, limit),
});

const limits = { events: 10, deliveries: 100 };
const clean = { unexplained: 0, findings: [] };

const hooks = (count: number) =>
  Array.from({ length: count }, (_, n) => `wh_${n.toString(16).padStart(12, '0')}`);

/** What reconciliation reads. */
export function reconciliationContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: reconciliation`, () => {
    it('reports no finding for a delivery that is stored and closed between the reads', async () => {
      await using h = withChecks(open());
      const events = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
      await h.events.insertMany(events);
      expect(await h.check(h.reconciliation)).toMatchObject({ pending: 2, ...clean });
      const moving = beforeCall(h.reconciliation, 'findPendingEvents', () => h.deliver(events));
      expect(await h.check(moving)).toMatchObject({ pending: 0, delivered: 2, ...clean });
    });

    it('reports no finding for an event that is accepted and delivered between the reads', async () => {
      await using h = withChecks(open());
      const event = anEvent({ acceptedAt: h.clock.now() });
      // The slice when the event arrives between its two reads: it has the delivery but not the event.
      const moving: ReconciliationStore = {
        ...portOf(h.reconciliation),
        readSlice: async (...range) => {
          const { next } = await h.reconciliation.readSlice(...range);
          await h.events.insertMany([event]);
          await h.deliver([event]);
          return { events: [], deliveries: (await h.reconciliation.readSlice(...range)).deliveries, next };
        },
      };
      expect(await h.check(moving)).toMatchObject({ events: 0, ...clean });
    });

    it('reads the events and deliveries of a slice up to the first event of the next', async () => {
      await using h = withChecks(open());
      const events = Array.from({ length: 5 }, (_, index) => anEvent({ acceptedAt: h.clock.now() + index }));
      await h.events.insertMany(events);
      await h.deliver(events);
      const ids = events.map(({ id }) => id);
      const slice = await h.reconciliation.readSlice(ids[1] ?? '', h.clock.now() + 4, {
        events: 2,
        deliveries: 100,
      });
      expect(slice.events.map(({ id }) => id)).toEqual(ids.slice(1, 3));
      expect(slice.deliveries.map(({ eventId }) => eventId)).toEqual(ids.slice(1, 3));
      expect(slice.next).toBe(ids[3]);
      const last = await h.reconciliation.readSlice(slice.next ?? '', h.clock.now() + 4, {
        events: 2,
        deliveries: 100,
      });
      expect(last).toMatchObject({ events: [{ id: ids[3] }], next: undefined });
      expect(last.deliveries).toHaveLength(1);
    });

    it('reports which deliveries are queued', async () => {
      await using h = withChecks(open());
      const [waiting, ended] = [0, 1].map((later) => anEvent({ acceptedAt: h.clock.now() + later }));
      if (waiting === undefined || ended === undefined) throw new Error('two events');
      await h.queue.writeResults([
        toRetry(firstDeliveryOf(waiting), h.clock.now(), h.clock.now()),
        delivered(firstDeliveryOf(ended), h.clock.now()),
      ]);
      const { deliveries } = await h.reconciliation.readSlice(waiting.id, h.clock.now() + 2, limits);
      expect(deliveries).toMatchObject([
        { status: 'pending', isQueued: true },
        { status: 'delivered', isQueued: false },
      ]);
    });

    it('reports the entries of partitions that no live process owns, once they are old enough', async () => {
      await using h = withChecks(open());
      const partition = toPartition(target);
      const { processes, partitions } = h;
      const [owner, next] = ['p1', 'p2'];
      for (const id of [owner, next]) await processes.register(id, aProcess(), 3_600_000, 0);
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event]);
      const find = async (after = 1) =>
        (await h.reconciliation.findStuckEntries(h.clock.now() + after, 10)).map(({ id }) => id);
      expect(await h.reconciliation.findStuckEntries(h.clock.now() + 1, 10)).toEqual([
        { id: event.id, since: h.clock.now() },
      ]);
      expect(await find(0)).toEqual([]);
      await partitions.take([{ partition, owner: null, epoch: 0 }], owner);
      expect(await find()).toEqual([]);
      await processes.fence(owner, undefined);
      expect(await find()).toEqual([event.id]);
      await partitions.take([{ partition, owner, epoch: 1 }], next);
      expect(await find()).toEqual([]);
      await processes.remove(next);
      expect(await find()).toEqual([event.id]);
      await h.deliver([event]);
      expect(await find()).toEqual([]);
    });

    it('leaves out tombstones, which are no events', async () => {
      await using h = withChecks(open());
      const [kept, lost] = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
      await h.events.insertMany([kept, lost]);
      await h.lose(lost.id);
      await h.queue.closeGaps(await h.queue.getOpenEntries([kept.id]));
      expect(await h.findTombstones()).toHaveLength(1);
      await h.deliver([kept]);
      const ids = [kept.id, lost.id];
      expect(await h.reconciliation.findExistingEvents(ids)).toEqual(new Set([kept.id]));
      expect(await h.reconciliation.findPendingEvents(ids)).toEqual(new Set());
      expect(await h.check(h.reconciliation)).toMatchObject({ events: 1, delivered: 1, ...clean });
    });

    it('ends a slice after some thousand deliveries, or after one event with more', async () => {
      await using h = withChecks(open());
      const sizes = [4, 7, 1, 30, 2, 2];
      const events = sizes.map((size, n) => anEvent({ acceptedAt: h.clock.now() + n, targets: hooks(size) }));
      await h.putEvents(events);
      await h.putDeliveries(
        events.flatMap((event) => event.targets.map((_, index) => aFinalDelivery(event, index))),
      );
      const slices: number[][] = [];
      let next: string | undefined = events[0]?.id;
      while (next !== undefined) {
        const slice = await h.reconciliation.readSlice(next, h.clock.now() + 100, {
          events: 3,
          deliveries: 10,
        });
        expect(slice.deliveries).toHaveLength(
          slice.events.reduce((sum, { targets }) => sum + targets.length, 0),
        );
        slices.push(slice.events.map(({ targets }) => targets.length));
        next = slice.next;
      }
      expect(slices).toEqual([
        [4, 7],
        [1, 30],
        [2, 2],
      ]);
    });

    it('counts each delivery of an event with 1,100 targets, and reports those that are missing', async () => {
      await using h = withChecks(open());
      const event = anEvent({ acceptedAt: h.clock.now(), targets: hooks(1_100) });
      await h.putEvents([event]);
      await h.putDeliveries(event.targets.map((_, index) => aFinalDelivery(event, index)));
      expect(await h.check(h.reconciliation)).toMatchObject({ expected: 1_100, delivered: 1_100, ...clean });
      await h.removeDelivery(toDeliveryId(event.id, 1_099));
      await h.putDeliveries([aFinalDelivery(event, 3, { webhookId: 'wh_x' })]);
      const { findings, ...counts } = await h.check(h.reconciliation);
      expect(counts).toMatchObject({ expected: 1_100, delivered: 1_098, unexplained: 2 });
      expect(findings.map(({ kind, detail }) => `${kind}: ${detail}`)).toEqual([
        expect.stringContaining('event_without_delivery: its delivery') as string,
        expect.stringContaining('00000000044b is neither stored nor in the queue') as string,
      ]);
    });

    it('finds each of many deliveries without an event once, in slices of bounded size', async () => {
      await using h = withChecks(open());
      const gone = [1_100, 1_100].map((size, n) =>
        anEvent({ acceptedAt: h.clock.now() + n, targets: hooks(size) }),
      );
      const kept = anEvent({ acceptedAt: h.clock.now() + 1, targets: hooks(60) });
      await h.putEvents([kept]);
      await h.putDeliveries(
        [...gone, kept].flatMap((event) => event.targets.map((_, index) => aFinalDelivery(event, index))),
      );
      const sizes: number[] = [];
      const bounded: ReconciliationStore = {
        ...portOf(h.reconciliation),
        readSlice: async (from, until) => {
          const slice = await h.reconciliation.readSlice(from, until, { events: 10, deliveries: 1 });
          sizes.push(slice.deliveries.length);
          return slice;
        },
      };
      const audit = await h.check(bounded);
      expect(audit).toMatchObject({ expected: 60, delivered: 60, unexplained: 2_200, next: null });
      expect(new Set(audit.findings.map(({ id }) => id)).size).toBe(1_000);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(60 + 1_025);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2_260);
    });

    it('returns which apps were deleted', async () => {
      await using h = withChecks(open());
      await h.putAppDeletion('app_gone', 'acc_a');
      expect(await h.reconciliation.findDeletedApps(['app_gone', 'app_test'])).toEqual(new Set(['app_gone']));
      expect(await h.reconciliation.findDeletedApps([])).toEqual(new Set());
    });
  });
}
