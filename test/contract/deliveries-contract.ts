import { describe, expect, it } from 'vitest';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { DeliveryStore } from '../../server/src/domain/ports/delivery-store.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { pagesOf } from '../support/pages.ts';
import { leaseMs, type QueueHarness } from './queue-contract.ts';

/** How deliveries are read and changed while the queue works on them. */
export function deliveriesContract(name: string, open: () => Promise<QueueHarness>): void {
  const claim = (token: string) => ({ limit: 100, token, leaseMs, excludedWebhookIds: [] });

  describe(`${name}: deliveries`, () => {
    it('shows a delivery in its first attempt as pending, by id and in each list', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now(), targets: ['wh_a', 'wh_b'] });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() + leaseMs });
      await h.queue.writeResults([delivered(firstDeliveryOf(event, 'one.0', 0), h.clock.now())]);
      const [done, open_] = [toDeliveryId(event.id, 0), toDeliveryId(event.id, 1)];
      expect(await h.deliveries.get(open_)).toMatchObject({
        status: 'pending',
        reason: 'awaiting_first_attempt',
      });
      const page = { cursor: undefined, limit: 10 };
      const idsOf = async (filter: Parameters<DeliveryStore['list']>[0]) =>
        (await h.deliveries.list(filter, page)).items.map((delivery) => delivery.id);
      expect(await idsOf({ eventId: event.id })).toEqual([open_, done]);
      expect(await idsOf({ appId: event.appId })).toEqual([open_, done]);
      expect(await idsOf({ webhookId: 'wh_b' })).toEqual([open_]);
      expect(await idsOf({ status: 'pending' })).toEqual([open_]);
      expect(await idsOf({ status: 'delivered' })).toEqual([done]);
    });

    it('pages through in-flight and stored deliveries without gaps or duplicates', async () => {
      await using h = await open();
      const events = Array.from({ length: 25 }, (_, index) => anEvent({ acceptedAt: h.clock.now() + index }));
      await h.events.insertMany(events, { token: 'one.0', until: h.clock.now() + leaseMs });
      const written = events.filter((_, index) => index % 3 === 0);
      await h.queue.writeResults(
        written.map((event) => delivered(firstDeliveryOf(event, 'one.0'), h.clock.now())),
      );
      const seen = await pagesOf(h.deliveries, { appId: 'app_test' });
      expect(seen).toEqual(events.map((event) => toDeliveryId(event.id, 0)).toReversed());
    });

    it('pages through pending deliveries while others of their batch have results', async () => {
      await using h = await open();
      const events = Array.from({ length: 25 }, (_, index) => anEvent({ acceptedAt: h.clock.now() + index }));
      await h.events.insertMany(events, { token: 'one.0', until: h.clock.now() + leaseMs });
      const [retried, open_, ended] = [events.slice(0, 5), events.slice(5, 10), events.slice(10)];
      await h.queue.writeResults([
        ...retried.map((event) => toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())),
        ...ended.map((event) => delivered(firstDeliveryOf(event, 'one.0'), h.clock.now())),
      ]);
      const seen = await pagesOf(h.deliveries, { status: 'pending' });
      expect(seen).toEqual([...retried, ...open_].map((event) => toDeliveryId(event.id, 0)).toReversed());
    });

    it('makes a finished delivery due again, but not one that is being sent', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      const id = toDeliveryId(event.id, 0);
      expect(await h.deliveries.retryNow(id, h.clock.now())).toBe(false);
      await h.queue.writeResults([delivered(firstDeliveryOf(event, 'one.0'), h.clock.now())]);
      expect(await h.deliveries.retryNow(id, h.clock.now())).toBe(true);
      expect(await h.queue.claimDeliveries(claim('one.1'))).toHaveLength(1);
      expect(await h.deliveries.retryNow(id, h.clock.now())).toBe(false);
    });

    it('cancels the pending deliveries of a webhook and fences later results', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
      const [claimed] = await h.queue.claimDeliveries(claim('one.1'));
      if (claimed === undefined) throw new Error('nothing was due');
      expect(await h.deliveries.cancelPending(claimed.webhookId, 'webhook_deleted', h.clock.now(), 10)).toBe(
        1,
      );
      expect(await h.queue.writeResults([delivered(claimed, h.clock.now())])).toEqual(
        new Set([claimed.deliveryId]),
      );
      expect(await h.deliveries.get(claimed.deliveryId)).toMatchObject({
        status: 'cancelled',
        reason: 'webhook_deleted',
      });
    });

    it('defers pending deliveries of a disabled webhook, and makes them due on resume', async () => {
      await using h = await open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event], { token: 'one.0', until: h.clock.now() });
      await h.queue.writeResults([toRetry(firstDeliveryOf(event, 'one.0'), h.clock.now(), h.clock.now())]);
      expect(await h.deliveries.defer('wh_000000000001', h.clock.now() + 60_000, 10)).toBe(1);
      expect(await h.queue.claimDeliveries(claim('one.1'))).toEqual([]);
      expect(await h.deliveries.resume('wh_000000000001', h.clock.now(), 10)).toBe(1);
      expect(await h.queue.claimDeliveries(claim('one.2'))).toHaveLength(1);
    });

    it('changes pending deliveries of a webhook up to a limit, until none is left', async () => {
      await using h = await open();
      const events = Array.from({ length: 3 }, () => anEvent({ acceptedAt: h.clock.now() }));
      await h.events.insertMany(events, { token: 'one.0', until: h.clock.now() });
      const now = h.clock.now();
      await h.queue.writeResults(events.map((event) => toRetry(firstDeliveryOf(event, 'one.0'), now, now)));
      const id = 'wh_000000000001';
      for (const changeSome of [
        () => h.deliveries.defer(id, now + 60_000, 2),
        () => h.deliveries.resume(id, now, 2),
        () => h.deliveries.cancelPending(id, 'webhook_deleted', now, 2),
      ]) {
        expect([await changeSome(), await changeSome(), await changeSome()]).toEqual([2, 1, 0]);
      }
    });
  });
}
