import { describe, expect, it } from 'vitest';
import { anEvent, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { leaseMs, type QueueHarness } from './queue-contract.ts';

/** The contract of the delivery queue for two processes that claim the same work. */
export function racesContract(name: string, open: () => Promise<QueueHarness>): void {
  const claim = (token: string) => ({ limit: 100, token, leaseMs, excludedWebhookIds: [] });

  describe(`${name}: two claimers`, () => {
    it('returns an event to one claimer when a second claims it between search and claim', async () => {
      await using h = await open();
      await h.events.insertMany([anEvent({ acceptedAt: h.clock.now() })], {
        token: undefined,
        until: h.clock.now(),
      });
      const slow = h.overtakenBy(async () => {
        expect(await h.queue.claimEntries(claim('quick.1'))).toHaveLength(1);
      });
      expect(await slow.claimEntries(claim('slow.1'))).toEqual([]);
      h.clock.advance(leaseMs - 1);
      expect(await h.queue.claimEntries(claim('three.1'))).toEqual([]);
    });

    it('returns a retry to one claimer when a second claims it between search and claim', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
      const slow = h.overtakenBy(async () => {
        expect(await h.queue.claimDeliveries(claim('quick.1'))).toHaveLength(1);
      });
      expect(await slow.claimDeliveries(claim('slow.1'))).toEqual([]);
      h.clock.advance(leaseMs - 1);
      expect(await h.queue.claimDeliveries(claim('three.1'))).toEqual([]);
    });

    it('does not renew or release a retry that another process has leased', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
      const [slow] = await h.queue.claimDeliveries(claim('one.1'));
      h.clock.advance(leaseMs);
      expect(await h.queue.claimDeliveries(claim('two.1'))).toHaveLength(1);
      if (slow === undefined) throw new Error('nothing was due');
      const old = { token: 'one.1', entryIds: [], deliveryIds: [slow.deliveryId] };
      await h.queue.release(old);
      await h.queue.renew(old, 10 * leaseMs);
      expect(await h.queue.claimDeliveries(claim('three.1'))).toEqual([]);
      h.clock.advance(leaseMs);
      expect(await h.queue.claimDeliveries(claim('three.2'))).toHaveLength(1);
    });

    it('fences a late writer that made no attempt', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
      const [slow] = await h.queue.claimDeliveries(claim('one.1'));
      h.clock.advance(leaseMs);
      const [quick] = await h.queue.claimDeliveries(claim('two.1'));
      if (slow === undefined || quick === undefined) throw new Error('nothing was due');
      const deferred = (delivery: typeof slow) => ({
        delivery,
        attempt: undefined,
        status: 'pending' as const,
        reason: 'webhook_paused' as const,
        dueAt: h.clock.now() + 60_000,
        at: h.clock.now(),
      });
      expect(await h.queue.writeResults([deferred(slow)])).toEqual(new Set([slow.deliveryId]));
      expect(await h.deliveries.get(slow.deliveryId)).toMatchObject({ reason: 'awaiting_retry' });
      expect(await h.queue.writeResults([deferred(quick)])).toEqual(new Set());
      expect(await h.deliveries.get(slow.deliveryId)).toMatchObject({
        reason: 'webhook_paused',
        attemptCount: 1,
      });
    });
  });
}
