import { describe, expect, it } from 'vitest';
import { anEvent } from '../support/builders.ts';
import { aFinalDelivery, aWaitingDelivery, type StoresHarness } from './stores-harness.ts';

const webhookId = 'wh_000000000001';
const hourMs = 3_600_000;

/** What a webhook still has to get. */
export function backlogContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: the backlog of a webhook`, () => {
    it('counts what waits, what is due, what is under way and what failed for good', async () => {
      await using h = open();
      const now = h.clock.now();
      const old = anEvent({ acceptedAt: now - 3 * hourMs });
      const young = anEvent({ acceptedAt: now - hourMs });
      const failed = [anEvent({ acceptedAt: now - 30 * hourMs }), anEvent({ acceptedAt: now - 2 * hourMs })];
      const other = anEvent({ acceptedAt: now - 9 * hourMs, targets: ['wh_b'] });
      await h.putEvents([old, young, other, ...failed]);
      await h.putDeliveries([
        aWaitingDelivery(old, 0, { dueAt: now + hourMs }),
        aWaitingDelivery(young, 0, { dueAt: now - 1 }),
        aWaitingDelivery(other),
        ...failed.map((event) => aFinalDelivery(event, 0, { status: 'failed', reason: 'retries_exhausted' })),
      ]);
      await h.events.insertMany([anEvent({ acceptedAt: now }), anEvent({ acceptedAt: now })]);
      const read = (failedSince?: number) => h.backlogs.readBacklog({ webhookId, now, failedSince });
      expect(await read(now - 24 * hourMs)).toEqual({
        waiting: 2,
        underWay: 2,
        dueNow: 1,
        oldestAt: old.acceptedAt,
        nextDueAt: now - 1,
        failed: 1,
        isCapped: false,
      });
      expect(await read()).toMatchObject({ failed: 2 });
      expect(await read(failed[1]?.acceptedAt)).toMatchObject({ failed: 1 });
      expect(await read((failed[1]?.acceptedAt ?? 0) + 1)).toMatchObject({ failed: 0 });
    });

    it('is empty for a webhook without deliveries', async () => {
      await using h = open();
      const read = { webhookId: 'wh_none', now: h.clock.now(), failedSince: undefined };
      expect(await h.backlogs.readBacklog(read)).toEqual({
        waiting: 0,
        underWay: 0,
        dueNow: 0,
        oldestAt: null,
        nextDueAt: null,
        failed: 0,
        isCapped: false,
      });
    });
  });
}
