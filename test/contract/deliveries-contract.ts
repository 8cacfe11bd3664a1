import { describe, expect, it } from 'vitest';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { DeliveryStore } from '../../server/src/domain/ports/delivery-store.ts';
import { anEvent, delivered, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { pagesOf } from '../support/pages.ts';
import { aFinalDelivery, type StoresHarness } from './stores-harness.ts';

/** How deliveries are read and changed while the queue works on them. */
export function deliveriesContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: deliveries`, () => {
    it('shows a delivery in its first attempt as pending, by id and in each list', async () => {
      await using h = open();
      const event = anEvent({ acceptedAt: h.clock.now(), targets: ['wh_a', 'wh_b'] });
      await h.events.insertMany([event]);
      await h.queue.writeResults([delivered(firstDeliveryOf(event, 0), h.clock.now())]);
      const [done, open_] = [toDeliveryId(event.id, 0), toDeliveryId(event.id, 1)];
      expect(await h.deliveries.get(open_)).toMatchObject({
        status: 'pending',
        reason: 'awaiting_first_attempt',
      });
      const page = { cursor: undefined, limit: 10 };
      const idsOf = async (filter: Parameters<DeliveryStore['list']>[0]) =>
        (await h.deliveries.list(filter, page)).items.map((delivery) => delivery.id);
      expect(await idsOf({ eventId: event.id })).toEqual([open_, done]);
      const unknown = anEvent({ acceptedAt: h.clock.now() }).id;
      expect(await idsOf({ eventId: unknown })).toEqual([]);
      expect(await h.deliveries.get(toDeliveryId(unknown, 0))).toBeUndefined();
      expect(await h.deliveries.get(toDeliveryId(event.id, 2))).toBeUndefined();
      expect(await idsOf({ appId: event.appId })).toEqual([open_, done]);
      expect(await idsOf({ webhookId: 'wh_b' })).toEqual([open_]);
      expect(await idsOf({ status: 'pending' })).toEqual([open_]);
      expect(await idsOf({ status: 'delivered' })).toEqual([done]);
    });

    it('pages through in-flight and stored deliveries without gaps or duplicates', async () => {
      await using h = open();
      const events = Array.from({ length: 25 }, (_, index) => anEvent({ acceptedAt: h.clock.now() + index }));
      await h.events.insertMany(events);
      const written = events.filter((_, index) => index % 3 === 0);
      await h.queue.writeResults(written.map((event) => delivered(firstDeliveryOf(event), h.clock.now())));
      const seen = await pagesOf(h.deliveries, { appId: 'app_test' });
      expect(seen).toEqual(events.map((event) => toDeliveryId(event.id, 0)).toReversed());
    });

    it('lists the newest first attempts first, however many are under way', async () => {
      await using h = open();
      const events = Array.from({ length: 1_001 }, (_, index) =>
        anEvent({ acceptedAt: h.clock.now() + index, dataText: '{}' }),
      );
      await h.events.insertMany(events);
      const { items } = await h.deliveries.list({}, { cursor: undefined, limit: 2 });
      const newest = events.slice(-2).map(({ id }) => toDeliveryId(id, 0));
      expect(items.map(({ id }) => id)).toEqual(newest.toReversed());
    });

    it('pages through pending deliveries while others of their batch have results', async () => {
      await using h = open();
      const events = Array.from({ length: 25 }, (_, index) => anEvent({ acceptedAt: h.clock.now() + index }));
      await h.events.insertMany(events);
      const [retried, open_, ended] = [events.slice(0, 5), events.slice(5, 10), events.slice(10)];
      await h.queue.writeResults([
        ...retried.map((event) => toRetry(firstDeliveryOf(event), h.clock.now(), h.clock.now())),
        ...ended.map((event) => delivered(firstDeliveryOf(event), h.clock.now())),
      ]);
      const seen = await pagesOf(h.deliveries, { status: 'pending' });
      expect(seen).toEqual([...retried, ...open_].map((event) => toDeliveryId(event.id, 0)).toReversed());
    });

    it('makes a finished or waiting delivery due again, but not one without a document', async () => {
      await using h = open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event]);
      const id = toDeliveryId(event.id, 0);
      const delivery = { id, webhookId: 'wh_000000000001' };
      const now = h.clock.now();
      expect(await h.deliveries.retryNow(delivery, now)).toBe(false);
      await h.queue.writeResults([delivered(firstDeliveryOf(event), now)]);
      expect(await h.deliveries.retryNow(delivery, now)).toBe(true);
      expect(await h.queue.pullMany([id], now)).toMatchObject([{ revision: 2 }]);
      expect(await h.deliveries.retryNow(delivery, now + 1_000)).toBe(true);
      expect(await h.deliveries.get(id)).toMatchObject({ status: 'pending', dueAt: now + 1_000 });
    });

    it('keeps the recorded request and response of an attempt, which lists leave out', async () => {
      await using h = open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event]);
      const now = h.clock.now();
      const failed = toRetry(firstDeliveryOf(event), now, now);
      const recorded = {
        request: { url: 'https://example.com/h', headers: [['a', '1'] as const], bodyBytes: 7 },
        responseHeaders: [['server', 'x'] as const, ['via', 'y'] as const],
      };
      const attempt = failed.attempt && { ...failed.attempt, ...recorded };
      await h.queue.writeResults([{ ...failed, attempt }]);
      const id = toDeliveryId(event.id, 0);
      expect((await h.deliveries.get(id))?.attempts).toMatchObject([recorded]);
      const { items } = await h.deliveries.list({}, { cursor: undefined, limit: 10 });
      expect(items[0]?.attempts[0]).toMatchObject({ statusCode: 500, reply: '' });
      expect(items[0]?.attempts[0]?.request).toBeUndefined();
      expect(items[0]?.attempts[0]?.responseHeaders).toBeUndefined();
    });

    it('reads and changes many deliveries at once, apart from those without a document', async () => {
      await using h = open();
      const events = Array.from({ length: 3 }, () => anEvent({ acceptedAt: h.clock.now() }));
      await h.events.insertMany(events);
      const now = h.clock.now();
      const ids = events.map(({ id }) => toDeliveryId(id, 0));
      const [done = '', waiting = '', inFlight = ''] = ids;
      await h.queue.writeResults([
        ...events.slice(0, 1).map((event) => delivered(firstDeliveryOf(event), now)),
        ...events.slice(1, 2).map((event) => toRetry(firstDeliveryOf(event), now, now + 60_000)),
      ]);
      const read = await h.deliveries.getMany([...ids, toDeliveryId(anEvent().id, 0)]);
      expect(Object.fromEntries(read.map(({ id, status }) => [id, status]))).toEqual({
        [done]: 'delivered',
        [waiting]: 'pending',
        [inFlight]: 'pending',
      });
      expect(read.flatMap(({ attempts }) => attempts.map(({ reply }) => reply))).toEqual(['', '']);
      expect((await h.deliveries.getMany([waiting])).map(({ id }) => id)).toEqual([waiting]);
      expect(await h.deliveries.cancelMany(ids, 'cancelled_by_user', now)).toEqual(new Set([waiting]));
      expect(await h.deliveries.get(waiting)).toMatchObject({
        status: 'cancelled',
        reason: 'cancelled_by_user',
        dueAt: null,
        finishedAt: now,
      });
      const chosen = ids.map((id) => ({ id, webhookId: 'wh_000000000001' }));
      expect(await h.deliveries.retryMany(chosen, now)).toEqual(new Set([done, waiting]));
      const pulled = await h.queue.pullMany(ids, now);
      expect(pulled.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual([2, 3]);
      expect(await h.deliveries.retryMany([], now)).toEqual(new Set());
    });

    it('adds a target to an event once, with a delivery that is due and needs no subscription', async () => {
      await using h = open();
      const now = h.clock.now();
      const event = anEvent({ acceptedAt: now - 1_000, targets: ['wh_a'] });
      await h.events.insertMany([event]);
      const target = { webhookId: 'wh_b', sentByHand: { at: now, by: 'CI' } };
      const rendering = { version: 1, dataText: '{"old":true}', targets: ['wh_b'] };
      const added = await Promise.all([
        h.deliveries.addTarget(event, { ...target, rendering }),
        h.deliveries.addTarget(event, { ...target, rendering }),
      ]);
      const id = toDeliveryId(event.id, 1);
      expect(added.filter((one) => one !== undefined)).toEqual([id]);
      expect(await h.deliveries.addTarget(anEvent(), target)).toBeUndefined();
      expect(await h.events.get(event.id)).toMatchObject({
        targets: ['wh_a', 'wh_b'],
        renderings: [rendering],
      });
      expect(await h.deliveries.get(id)).toMatchObject({
        eventId: event.id,
        webhookId: 'wh_b',
        accountId: event.accountId,
        status: 'pending',
        reason: 'awaiting_first_attempt',
        attemptCount: 0,
        createdAt: event.acceptedAt,
        dueAt: now,
        sentByHand: target.sentByHand,
      });
      const page = { cursor: undefined, limit: 10 };
      const { items } = await h.deliveries.list({ eventId: event.id }, page);
      expect(items.map((delivery) => delivery.id)).toEqual([id, toDeliveryId(event.id, 0)]);
      const [due] = await h.queue.pullMany([id], now);
      expect(due).toMatchObject({ webhookId: 'wh_b', revision: 1, isSentByHand: true });
      const unsubscribed = { webhookId: 'wh_b', exceptEvents: ['user.ban'] };
      expect(await h.cancellations.cancelSome(unsubscribed, 'not_subscribed', now, 10)).toBe(0);
    });

    it('keeps who sent a delivery by hand when it is retried', async () => {
      await using h = open();
      const now = h.clock.now();
      const event = anEvent({ acceptedAt: now });
      await h.events.insertMany([event]);
      await h.queue.writeResults([delivered(firstDeliveryOf(event), now)]);
      const delivery = { id: toDeliveryId(event.id, 0), webhookId: 'wh_000000000001' };
      const sentByHand = { at: now, by: 'CI' };
      await h.deliveries.retryNow(delivery, now, sentByHand);
      await h.deliveries.retryNow(delivery, now + 1);
      expect(await h.deliveries.get(delivery.id)).toMatchObject({ sentByHand, dueAt: now + 1 });
    });

    it.each([
      { status: 'delivered', reason: null, finishedAt: 5_000 },
      { status: 'failed', reason: 'test_failed', finishedAt: 5_000 },
    ] as const)('inserts one that has ended, as %o', async (end) => {
      await using h = open();
      const attempt = { at: 4_000, durationMs: 3, statusCode: null, reason: 'timeout', reply: '' } as const;
      const ended = aFinalDelivery(anEvent(), 0, { ...end, attempts: [attempt] });
      await h.deliveries.insertFinished(ended);
      expect(await h.deliveries.get(ended.id)).toEqual(ended);
    });

    it('cancels the pending deliveries of a webhook', async () => {
      await using h = open();
      const event = anEvent({ acceptedAt: h.clock.now() });
      await h.events.insertMany([event]);
      await h.queue.writeResults([toRetry(firstDeliveryOf(event), h.clock.now(), h.clock.now())]);
      const cancel = () =>
        h.deliveries.cancelPending('wh_000000000001', 'webhook_deleted', h.clock.now(), 10);
      expect([await cancel(), await cancel()]).toEqual([1, 0]);
      expect(await h.deliveries.get(toDeliveryId(event.id, 0))).toMatchObject({
        status: 'cancelled',
        reason: 'webhook_deleted',
        dueAt: null,
      });
    });

    it.each(['webhook_paused', 'destination_limited'] as const)(
      'makes deliveries due whose endpoint was paused: %s',
      async (reason) => {
        await using h = open();
        const event = anEvent({ acceptedAt: h.clock.now() });
        await h.events.insertMany([event]);
        const [now, pauseEnd] = [h.clock.now(), h.clock.now() + 60_000];
        const paused = { ...toRetry(firstDeliveryOf(event), now, pauseEnd), reason };
        await h.queue.writeResults([paused]);
        expect(await h.deliveries.resume('wh_000000000001', 'paused', now, 10)).toBe(1);
        expect(await h.deliveries.resume('wh_000000000001', 'paused', now, 10)).toBe(0);
        expect(await h.queue.pullMany([toDeliveryId(event.id, 0)], now)).toHaveLength(1);
      },
    );

    it('changes pending deliveries of a webhook up to a limit, until none is left', async () => {
      await using h = open();
      const events = Array.from({ length: 3 }, () => anEvent({ acceptedAt: h.clock.now() }));
      await h.events.insertMany(events);
      const now = h.clock.now();
      await h.queue.writeResults(
        events.map((event) => ({
          ...toRetry(firstDeliveryOf(event), now, now + 60_000),
          reason: 'webhook_paused' as const,
        })),
      );
      const id = 'wh_000000000001';
      for (const changeSome of [
        () => h.deliveries.resume(id, 'all', now, 2),
        () => h.deliveries.cancelPending(id, 'webhook_deleted', now, 2),
      ]) {
        expect([await changeSome(), await changeSome(), await changeSome()]).toEqual([2, 1, 0]);
      }
    });
  });
}
