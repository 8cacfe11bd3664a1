import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { partitionCount, toPartition } from '../../server/src/domain/partition.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import type { StoresHarness } from './stores-harness.ts';

const [first, second] = ['wh_000000000001', 'wh_000000000002'];

/** Stores an event whose first attempt failed, so that its delivery waits until `dueAt`. */
async function retryLater(
  h: StoresHarness,
  dueAt: number,
  change: Partial<AcceptedEvent> = {},
): Promise<AcceptedEvent> {
  const event = anEvent({ acceptedAt: h.clock.now(), ...change });
  await h.events.insertMany([event]);
  await h.queue.writeResults([toRetry(firstDeliveryOf(event), h.clock.now(), dueAt)]);
  return event;
}

/** How the waiting deliveries of webhooks are found. */
export function waitingContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: waiting deliveries`, () => {
    it('are pulled by id when they are due', async () => {
      await using h = open();
      const event = await retryLater(h, h.clock.now() + 5_000);
      const id = toDeliveryId(event.id, 0);
      h.clock.advance(4_999);
      expect(await h.queue.pullMany([id], h.clock.now())).toEqual([]);
      h.clock.advance(1);
      expect(await h.queue.pullMany([id], h.clock.now())).toMatchObject([{ deliveryId: id, event }]);
      await h.deliveries.cancelPending(first, 'cancelled_by_user', h.clock.now(), 10);
      expect(await h.queue.pullMany([id], h.clock.now())).toEqual([]);
    });

    it('have one head for each webhook of a partition, the one that is due first', async () => {
      await using h = open();
      const now = h.clock.now();
      await retryLater(h, now + 2_000);
      const soonest = await retryLater(h, now + 1_000);
      await retryLater(h, now + 500, { targets: [second] });
      const found = await h.queue.findHeads(toPartition(first));
      expect(found).toEqual([
        { webhookId: first, deliveryId: toDeliveryId(soonest.id, 0), dueAt: now + 1_000 },
      ]);
      expect(await h.queue.findHeads(toPartition('wh_000000000009'))).toEqual([]);
    });

    it('name the partitions in which they wait', async () => {
      await using h = open();
      const event = await retryLater(h, h.clock.now() + 5_000);
      const all = Array.from({ length: partitionCount }, (_, partition) => partition);
      const partition = toPartition(first);
      expect(await h.queue.findWaitingPartitions(all)).toEqual([partition]);
      expect(await h.queue.findWaitingPartitions(all.filter((other) => other !== partition))).toEqual([]);
      await h.deliveries.cancelMany([toDeliveryId(event.id, 0)], 'cancelled_by_user', h.clock.now());
      expect(await h.queue.findWaitingPartitions(all)).toEqual([]);
    });

    it('are read whole for some webhooks, unless they are too many', async () => {
      await using h = open();
      const now = h.clock.now();
      const due = await retryLater(h, now);
      const later = await retryLater(h, now + 1_000, { targets: [second] });
      await retryLater(h, now, { targets: ['wh_000000000009'] });
      const found = await h.queue.pullWebhooks([first, second], 10, now);
      expect(found?.deliveries).toMatchObject([{ deliveryId: toDeliveryId(due.id, 0), event: due }]);
      expect(found?.waiting).toEqual([
        { webhookId: second, deliveryId: toDeliveryId(later.id, 0), dueAt: now + 1_000 },
      ]);
      expect(await h.queue.pullWebhooks([first, second], 1, now)).toBeUndefined();
    });

    it('are pulled oldest first from the backlog of a webhook, with the next due time', async () => {
      await using h = open();
      const now = h.clock.now();
      const times = [now - 1_000, now - 3_000, now - 2_000, now + 9_000];
      for (const dueAt of times) await retryLater(h, dueAt);
      const two = await h.queue.pullBacklog(first, 2, now);
      expect(two.deliveries).toHaveLength(2);
      expect(two.nextDueAt).toBe(now - 1_000);
      const rest = await h.queue.pullBacklog(first, 10, now);
      expect(rest.deliveries).toHaveLength(3);
      expect(rest.nextDueAt).toBe(now + 9_000);
      h.clock.advance(9_000);
      const whole = await h.queue.pullBacklog(first, 10, h.clock.now());
      expect(whole.deliveries).toHaveLength(4);
      expect(whole.nextDueAt).toBeUndefined();
    });

    it('fail as undeliverable if their event is gone, and others are returned', async () => {
      await using h = open();
      const now = h.clock.now();
      const [lost, kept] = [await retryLater(h, now), await retryLater(h, now)];
      await h.lose(lost.id);
      const { deliveries } = await h.queue.pullBacklog(first, 10, now);
      expect(deliveries.map(({ event }) => event.id)).toEqual([kept.id]);
      expect(await h.deliveries.get(toDeliveryId(lost.id, 0))).toMatchObject({
        status: 'failed',
        reason: 'undeliverable',
      });
    });

    it('stay delivered if they were before a retry, and their event is gone', async () => {
      await using h = open();
      const now = h.clock.now();
      const event = await retryLater(h, now);
      const id = toDeliveryId(event.id, 0);
      const [due] = await h.queue.pullMany([id], now);
      if (due === undefined) throw new Error('one is due');
      await h.queue.writeResults([delivered(due, now)]);
      await h.deliveries.retryNow({ id, webhookId: due.webhookId }, now);
      await h.lose(event.id);
      expect(await h.queue.pullMany([id], now)).toEqual([]);
      expect(await h.deliveries.get(id)).toMatchObject({
        status: 'delivered',
        reason: null,
        attemptCount: 2,
      });
    });
  });
}
