import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import type { ReconciliationStore } from '../../server/src/domain/ports/reconciliation-store.ts';
import { createReconciliation } from '../../server/src/services/system/reconciliation.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../../server/src/store/mongo/queue/delivery-queue.ts';
import { MongoEventStore } from '../../server/src/store/mongo/events/event-store.ts';
import { MongoReconciliationStore } from '../../server/src/store/mongo/system/reconciliation-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';

const dayMs = 86_400_000;

async function open() {
  const connection = await Connection.open({
    uri: inject('mongoUri'),
    database: `reconciliation_${randomUUID()}`,
  });
  await connection.prepare();
  const { collections } = connection;
  const clock = new FakeClock();
  const queue = new MongoDeliveryQueue(collections, clock);
  return {
    clock,
    queue,
    collections,
    events: new MongoEventStore(collections),
    reconciliation: new MongoReconciliationStore(collections),
    /** Checks a window that ends a second from now, so that it contains events accepted meanwhile. */
    check: (reconciliation: ReconciliationStore) =>
      createReconciliation({ reconciliation, clock, keepMs: 30 * dayMs })({ to: clock.now() + 1_000 }),
    deliver: async (events: readonly AcceptedEvent[]) => {
      await queue.writeResults(
        events.map((event) => delivered(firstDeliveryOf(event, 'one.0'), clock.now())),
      );
      await queue.completeEntries([events[0]?.id ?? ''], 'one.0');
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** The methods of a store as an object, so that a test can replace one of them. */
const portOf = (reconciliation: ReconciliationStore): ReconciliationStore => ({
  readSlice: (...range) => reconciliation.readSlice(...range),
  getDeliveries: (ids) => reconciliation.getDeliveries(ids),
  findDeletedApps: (ids) => reconciliation.findDeletedApps(ids),
  findExistingEvents: (ids) => reconciliation.findExistingEvents(ids),
  findPendingEvents: (ids) => reconciliation.findPendingEvents(ids),
  findStuckClaims: (before, limit) => reconciliation.findStuckClaims(before, limit),
});

const lease = { token: 'one.0', until: Date.parse('2026-01-02T00:00:00.000Z') };
const clean = { unexplained: 0, findings: [] };

it('reports no finding for a delivery that is stored and closed between the reads', async () => {
  await using h = await open();
  const events = [anEvent({ acceptedAt: h.clock.now() }), anEvent({ acceptedAt: h.clock.now() })];
  await h.events.insertMany(events, lease);
  expect(await h.check(h.reconciliation)).toMatchObject({ pending: 2, ...clean });
  const moving = beforeCall(h.reconciliation, 'findPendingEvents', () => h.deliver(events));
  expect(await h.check(moving)).toMatchObject({ pending: 0, delivered: 2, ...clean });
});

it('reports no finding for an event that is accepted and delivered between the reads', async () => {
  await using h = await open();
  const event = anEvent({ acceptedAt: h.clock.now() });
  // The slice when the event arrives between its two reads: it has the delivery but not the event.
  const moving: ReconciliationStore = {
    ...portOf(h.reconciliation),
    readSlice: async (...range) => {
      const { next } = await h.reconciliation.readSlice(...range);
      await h.events.insertMany([event], lease);
      await h.deliver([event]);
      return { events: [], deliveries: (await h.reconciliation.readSlice(...range)).deliveries, next };
    },
  };
  expect(await h.check(moving)).toMatchObject({ events: 0, ...clean });
});

it('reads the events and deliveries of a slice up to the first event of the next', async () => {
  await using h = await open();
  const events = Array.from({ length: 5 }, (_, index) => anEvent({ acceptedAt: h.clock.now() + index }));
  await h.events.insertMany(events, lease);
  await h.deliver(events);
  const ids = events.map(({ id }) => id);
  const slice = await h.reconciliation.readSlice(ids[1] ?? '', h.clock.now() + 4, 2);
  expect(slice.events.map(({ id }) => id)).toEqual(ids.slice(1, 3));
  expect(slice.deliveries.map(({ eventId }) => eventId)).toEqual(ids.slice(1, 3));
  expect(slice.next).toBe(ids[3]);
  const last = await h.reconciliation.readSlice(slice.next ?? '', h.clock.now() + 4, 2);
  expect(last).toMatchObject({ events: [{ id: ids[3] }], next: undefined });
  expect(last.deliveries).toHaveLength(1);
});

it('reports which deliveries are queued, and which expired leases no process took over', async () => {
  await using h = await open();
  const event = anEvent({ acceptedAt: h.clock.now() });
  await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() + 100 });
  await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
  await h.queue.claimDeliveries({ limit: 1, token: 'dead.1', leaseMs: 200, excludedWebhookIds: [] });
  const [delivery] = (await h.reconciliation.readSlice(event.id, h.clock.now() + 1, 10)).deliveries;
  expect(delivery).toMatchObject({ status: 'pending', isQueued: true });
  const ids = async (before: number) =>
    (await h.reconciliation.findStuckClaims(h.clock.now() + before, 10)).map(({ id }) => id);
  expect(await ids(100)).toEqual([]);
  expect(await ids(101)).toEqual([event.id]);
  expect(await ids(201)).toEqual([event.id, delivery?.id]);
});
