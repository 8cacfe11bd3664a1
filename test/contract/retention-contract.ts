import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import { createSweep } from '../../server/src/services/maintenance/retention.ts';
import { anEvent, aReplay, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { aFinalDelivery, aWaitingDelivery, type StoresHarness } from './stores-harness.ts';

const dayMs = 86_400_000;
const minute = 60_000;
/** The target of the events of `anEvent`. */
const target = 'wh_000000000001';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** One step over the events and one over the deliveries. */
export async function purge({ retention, clock }: Pick<StoresHarness, 'retention' | 'clock'>) {
  const before = clock.now() - 30 * dayMs;
  const first = await retention.purgeEvents(before, undefined, 100);
  const second = await retention.purgeDeliveries(before, undefined, 100);
  return { events: first.events, deliveries: first.deliveries + second.deliveries };
}

/** Stores events in a closed batch, with all deliveries delivered. */
export async function finishedEvents(h: StoresHarness, count: number): Promise<AcceptedEvent[]> {
  const all = Array.from({ length: count }, (_, index) => anEvent({ acceptedAt: h.clock.now() + index }));
  await h.events.insertMany(all);
  await h.queue.writeResults(all.map((event) => delivered(firstDeliveryOf(event), h.clock.now())));
  await h.queue.closeEntries([{ entryId: all[0]?.id ?? '', partition: toPartition(target) }]);
  return all;
}

const noFeedLog = { purge: () => Promise.resolve(0) };

/** What retention removes, and what it keeps. */
export function retentionContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: retention`, () => {
    it('removes old finished events and deliveries, and keeps pending, in-flight and recent ones', async () => {
      await using h = open();
      const { clock, events, queue } = h;
      const [done, pending, owed] = [1, 2, 3].map(() => anEvent({ acceptedAt: clock.now() }));
      if (!done || !pending || !owed) throw new Error('three events');
      await events.insertMany([done, pending]);
      const other = anEvent({ acceptedAt: clock.now() });
      await events.insertMany([owed, other]);
      await queue.writeResults([
        delivered(firstDeliveryOf(done), clock.now()),
        toRetry(firstDeliveryOf(pending), clock.now(), clock.now() + 1),
      ]);
      await queue.closeEntries([{ entryId: done.id, partition: toPartition(target) }]);
      clock.advance(31 * dayMs);
      const young = anEvent({ acceptedAt: clock.now(), targets: [] });
      await events.insertMany([young]);

      const sweep = createSweep({
        store: h.retention,
        feedLog: noFeedLog,
        clock,
        log: silent,
        keepMs: 30 * dayMs,
      });
      expect(await sweep()).toEqual({ events: 1, deliveries: 1 });
      expect(await events.get(done.id)).toBeUndefined();
      for (const event of [pending, owed, other, young]) expect(await events.get(event.id)).toBeDefined();
      expect(await h.listIds('deliveries')).toHaveLength(1);
      expect(await sweep()).toEqual({ events: 0, deliveries: 0 });
    });

    it('keeps an event whose second delivery is pending', async () => {
      await using h = open();
      const { clock, events, queue } = h;
      const event = anEvent({ acceptedAt: clock.now(), targets: ['wh_a', 'wh_b'] });
      await events.insertMany([event]);
      await queue.writeResults([
        delivered(firstDeliveryOf(event, 0), clock.now()),
        toRetry(firstDeliveryOf(event, 1), clock.now(), clock.now() + 40 * dayMs),
      ]);
      await queue.closeEntries(
        event.targets.map((webhookId) => ({ entryId: event.id, partition: toPartition(webhookId) })),
      );
      clock.advance(31 * dayMs);
      expect(await purge(h)).toEqual({ events: 0, deliveries: 1 });
      expect(await events.get(event.id)).toBeDefined();
    });

    it('removes tombstones by their age, like events', async () => {
      await using h = open();
      const { clock, events, queue } = h;
      const [carrier, lost] = [anEvent({ acceptedAt: clock.now() }), anEvent({ acceptedAt: clock.now() })];
      await events.insertMany([carrier, lost]);
      await h.lose(lost.id);
      await queue.closeGaps(await queue.getOpenEntries([carrier.id]));
      await queue.writeResults([delivered(firstDeliveryOf(carrier), clock.now())]);
      await queue.closeEntries([{ entryId: carrier.id, partition: toPartition(target) }]);
      await purge(h);
      expect(await h.listIds('events')).toHaveLength(2);
      clock.advance(31 * dayMs);
      await purge(h);
      expect(await h.listIds('events')).toEqual([]);
    });

    it('removes the oldest first, and continues behind what it has examined', async () => {
      await using h = open();
      const { clock, events } = h;
      const [first, second, third] = await finishedEvents(h, 3);
      clock.advance(31 * dayMs);
      const before = clock.now() - 30 * dayMs;
      expect(await h.retention.purgeEvents(before, undefined, 2)).toEqual({
        events: 2,
        deliveries: 2,
        next: second?.id,
      });
      expect(await events.get(first?.id ?? '')).toBeUndefined();
      expect(await h.retention.purgeEvents(before, third?.id, 2)).toEqual({
        events: 0,
        deliveries: 0,
        next: undefined,
      });
      expect(await h.retention.purgeEvents(before, second?.id, 2)).toEqual({
        events: 1,
        deliveries: 1,
        next: undefined,
      });
    });

    it.each(['open', 'pending'] as const)(
      'removes younger events behind 600 old ones that are %s, and those once they are finished',
      async (kind) => {
        await using h = open();
        const { clock } = h;
        const kept = Array.from({ length: 600 }, (_, n) => anEvent({ acceptedAt: clock.now() + n }));
        const younger = Array.from({ length: 550 }, (_, n) =>
          anEvent({ acceptedAt: clock.now() + minute + n }),
        );
        if (kind === 'open') await h.events.insertMany(kept);
        else {
          await h.putEvents(kept);
          await h.putDeliveries(kept.map((event) => aWaitingDelivery(event)));
        }
        await h.putEvents(younger);
        await h.putDeliveries(younger.map((event) => aFinalDelivery(event)));
        clock.advance(31 * dayMs);
        const sweep = createSweep({
          store: h.retention,
          feedLog: noFeedLog,
          clock,
          log: silent,
          keepMs: 30 * dayMs,
        });
        expect(await sweep()).toEqual({ events: 550, deliveries: 550 });
        expect(await h.listIds('events')).toHaveLength(600);
        await h.queue.closeEntries([{ entryId: kept[0]?.id ?? '', partition: toPartition(target) }]);
        await h.putDeliveries(kept.map((event) => aFinalDelivery(event)));
        expect(await sweep()).toMatchObject({ events: 600 });
      },
    );

    it('removes an event and its 1,300 deliveries together, in steps of some thousand deliveries', async () => {
      await using h = open();
      const { clock } = h;
      const targets = Array.from({ length: 1_300 }, (_, n) => `wh_${n.toString(16).padStart(12, '0')}`);
      const all = Array.from({ length: 6 }, (_, n) => anEvent({ acceptedAt: clock.now() + n, targets }));
      await h.putEvents(all);
      await h.putDeliveries(all.flatMap((event) => targets.map((_, index) => aFinalDelivery(event, index))));
      const [first] = all;
      if (first === undefined) throw new Error('six events');
      const waiting = toDeliveryId(first.id, 1_299);
      await h.putDeliveries([aWaitingDelivery(first, 1_299)]);
      clock.advance(31 * dayMs);
      const before = clock.now() - 30 * dayMs;
      const steps = [await h.retention.purgeEvents(before, undefined, 2_000)];
      for (let step = steps[0]; step?.next !== undefined;) {
        step = await h.retention.purgeEvents(before, step.next, 2_000);
        steps.push(step);
      }
      expect(steps).toEqual([
        { events: 1, deliveries: 2 * 1_300 - 1, next: all[1]?.id },
        { events: 2, deliveries: 2 * 1_300, next: all[3]?.id },
        { events: 2, deliveries: 2 * 1_300, next: undefined },
      ]);
      expect(await h.listIds('events')).toEqual([first.id]);
      expect(await h.listIds('deliveries')).toEqual([waiting]);
    });

    it('removes final deliveries whose event is gone or was blanked, and keeps those that wait', async () => {
      await using h = open();
      const { clock } = h;
      const [gone, blanked, ping] = [1, 2, 3].map((n) => anEvent({ acceptedAt: clock.now() + n }));
      if (!gone || !blanked || !ping) throw new Error('three events');
      await h.putEvents([
        { ...blanked, targets: [] },
        { ...ping, targets: [] },
      ]);
      await h.putDeliveries([
        aFinalDelivery(gone),
        aWaitingDelivery(gone, 1),
        aFinalDelivery(blanked, 1),
        aFinalDelivery(ping),
      ]);
      clock.advance(31 * dayMs);
      expect(await purge(h)).toEqual({ events: 2, deliveries: 3 });
      expect(await h.listIds('deliveries')).toEqual([toDeliveryId(gone.id, 1)]);
    });

    it('keeps the final deliveries of events in the outbox', async () => {
      await using h = open();
      const { clock, events } = h;
      const event = anEvent({ acceptedAt: clock.now(), targets: ['wh_a', 'wh_b'] });
      await events.insertMany([event]);
      await h.putDeliveries([aFinalDelivery(event)]);
      clock.advance(31 * dayMs);
      expect(await purge(h)).toEqual({ events: 0, deliveries: 0 });
    });

    it('removes replays that ended before the retention time, and keeps running and recent ones', async () => {
      await using h = open();
      const { clock, replays } = h;
      const create = async () => {
        const replay = aReplay({ createdAt: clock.now() });
        await replays.insert(replay);
        return replay.id;
      };
      const [ended, running] = [await create(), await create()];
      await replays.cancel(ended, clock.now());
      clock.advance(31 * dayMs);
      const recent = await create();
      await replays.cancel(recent, clock.now());

      await createSweep({ store: h.retention, feedLog: noFeedLog, clock, log: silent, keepMs: 30 * dayMs })();
      expect(await replays.get(ended)).toBeUndefined();
      expect(await replays.get(running)).toBeDefined();
      expect(await replays.get(recent)).toBeDefined();
    });
  });
}
