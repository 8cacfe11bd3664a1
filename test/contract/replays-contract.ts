import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../server/src/domain/delivery.ts';
import { eventIdFromDeliveryId, toDeliveryId } from '../../server/src/domain/ids.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import type { ClaimedReplay } from '../../server/src/domain/ports/bulk-stores.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { anEvent, aReplay as aJob, aWebhook } from '../support/builders.ts';
import { aFinalDelivery, type StoresHarness } from './stores-harness.ts';

const webhookId = 'wh_000000000001';
const accountId = 'acc_a';
const leaseMs = 30_000;
const second = 1_000;

interface ReplaysHarness extends StoresHarness {
  /** Stores events with a final delivery each, a second apart. Returns the ids of the deliveries, oldest first. */
  insertFinal(count: number, change?: Partial<Delivery>): Promise<string[]>;
  change(deliveryId: string, change: Partial<Delivery>): Promise<void>;
  /** Inserts a replay. Returns its id. */
  insert(change?: Partial<Replay>): Promise<string>;
  claim(afterAccountId?: string): Promise<ClaimedReplay | undefined>;
  /** Claims the replay that there is. */
  claimed(): Promise<ClaimedReplay>;
  /** The deliveries with a status, in the order of their ids. */
  withStatus(status: Delivery['status']): Promise<Delivery[]>;
  pending(): Promise<string[]>;
}

/** Adds a webhook, and what replays need. */
export async function withReplays(h: StoresHarness): Promise<ReplaysHarness> {
  const { clock, replays, deliveries } = h;
  await h.putWebhook(aWebhook({ id: webhookId, accountId }));
  const claim = async (afterAccountId?: string) =>
    await replays.claimNext({
      afterAccountId,
      now: clock.now(),
      leaseMs,
      pace: { burst: 2, perSecond: 2 },
    });
  const withStatus = async (status: Delivery['status']) => {
    const { items } = await deliveries.list({ status }, { cursor: undefined, limit: 1_000 });
    return items.toReversed();
  };
  return {
    ...h,
    insertFinal: async (count: number, change: Partial<Delivery> = {}) => {
      const events = Array.from({ length: count }, (_, n) =>
        anEvent({ acceptedAt: clock.now() + n * second }),
      );
      await h.putEvents(events);
      const all = events.map((event) =>
        aFinalDelivery(event, 0, {
          status: 'failed',
          reason: 'retries_exhausted',
          finishedAt: clock.now(),
          ...change,
        }),
      );
      await h.putDeliveries(all);
      return all.map(({ id }) => id);
    },
    change: async (id: string, change: Partial<Delivery>) => {
      const delivery = await deliveries.get(id);
      if (delivery === undefined) throw new Error('no such delivery');
      await h.putDeliveries([{ ...delivery, ...change }]);
    },
    insert: async (change: Partial<Replay> = {}) => {
      const until = clock.now() + 60 * second;
      const replay = aJob({ accountId, webhookId, until, createdAt: clock.now() + 1, ...change });
      await replays.insert(replay);
      clock.advance(2);
      return replay.id;
    },
    claim,
    claimed: async (): Promise<ClaimedReplay> => {
      const replay = await claim();
      if (replay === undefined) throw new Error('no replay can be claimed');
      return replay;
    },
    withStatus,
    pending: async () => (await withStatus('pending')).map(({ id }) => id),
  };
}

/** How replays send deliveries again. */
export function replaysContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: a batch of a replay`, () => {
    it('continues after the last delivery of the batch before, until nothing is left', async () => {
      await using h = await withReplays(open());
      const all = await h.insertFinal(5);
      const id = await h.insert();
      const batch = async () => await h.replays.requeueSome(await h.claimed(), h.clock.now());
      expect(await batch()).toBe(2);
      expect(await h.pending()).toEqual(all.slice(0, 2));
      expect(await h.deliveries.get(all[0] ?? '')).toMatchObject({
        reason: 'awaiting_retry',
        dueAt: h.clock.now(),
      });
      expect(await h.queue.findHeads(toPartition(webhookId))).toMatchObject([{ deliveryId: all[0] }]);
      // One that fails again is not sent a second time.
      await h.change(all[0] ?? '', { status: 'failed', dueAt: null, finishedAt: h.clock.now() });
      h.clock.advance(second);
      expect(await batch()).toBe(2);
      h.clock.advance(second);
      expect(await batch()).toBe(1);
      expect(await h.pending()).toEqual(all.slice(1));
      expect(await h.replays.get(id)).toMatchObject({ status: 'done', done: 5, finishedAt: h.clock.now() });
    });

    it('skips deliveries whose event is gone, and leaves them as they are', async () => {
      await using h = await withReplays(open());
      const [gone, kept] = await h.insertFinal(2, { status: 'delivered' });
      await h.lose(eventIdFromDeliveryId(gone ?? ''));
      const id = await h.insert({ deliveryStatus: 'delivered' });
      h.clock.advance(second);
      await h.replays.requeueSome(await h.claimed(), h.clock.now());
      h.clock.advance(second);
      await h.replays.requeueSome(await h.claimed(), h.clock.now());
      expect(await h.pending()).toEqual([kept]);
      expect(await h.replays.get(id)).toMatchObject({ status: 'done', done: 1 });
      expect(await h.deliveries.get(gone ?? '')).toMatchObject({ status: 'delivered' });
    });

    it('changes nothing once another process has claimed the replay again', async () => {
      await using h = await withReplays(open());
      await h.insertFinal(4);
      const id = await h.insert();
      const stalled = await h.claimed();
      h.clock.advance(leaseMs);
      const current = await h.claimed();
      expect(await h.replays.requeueSome(stalled, h.clock.now())).toBe(0);
      expect(await h.pending()).toEqual([]);
      expect(await h.replays.requeueSome(current, h.clock.now())).toBe(2);
      expect(await h.replays.get(id)).toMatchObject({ status: 'running', done: 2 });
    });

    it('changes nothing once the replay is cancelled', async () => {
      await using h = await withReplays(open());
      await h.insertFinal(4);
      const id = await h.insert();
      const claimed = await h.claimed();
      expect(await h.replays.cancel(id, 7)).toBe(true);
      expect(await h.replays.requeueSome(claimed, h.clock.now())).toBe(0);
      expect(await h.pending()).toEqual([]);
      expect(await h.replays.get(id)).toMatchObject({ status: 'cancelled', done: 0, finishedAt: 7 });
      expect(await h.replays.cancel(id, 9)).toBe(false);
    });

    it('skips types that were taken off the webhook since, except for those it keeps and test pings', async () => {
      await using h = await withReplays(open());
      const [login = ''] = await h.insertFinal(1);
      const [ban = ''] = await h.insertFinal(1, { type: 'user.ban' });
      const [register = ''] = await h.insertFinal(1, { type: 'user.register' });
      const [ping = ''] = await h.insertFinal(1, { type: 'test' });
      const [invoice = ''] = await h.insertFinal(1, { type: 'invoice.paid' });
      const id = await h.insert();
      const keptEvents = ['user.ban', 'invoice.*'];
      await h.putWebhook(aWebhook({ id: webhookId, accountId, events: ['user.login'], keptEvents }));
      const counts: number[] = [];
      while ((await h.replays.get(id))?.status === 'running') {
        counts.push(await h.replays.requeueSome(await h.claimed(), h.clock.now()));
        h.clock.advance(second);
      }
      expect(await h.pending()).toEqual([login, ban, ping, invoice].sort());
      expect(await h.replays.get(id)).toMatchObject({ done: 4 });
      expect(await h.deliveries.get(register)).toMatchObject({ status: 'failed' });
    });

    it('ends the replay if its webhook was deleted', async () => {
      await using h = await withReplays(open());
      await h.insertFinal(4);
      const id = await h.insert();
      await h.removeWebhook(webhookId);
      expect(await h.replays.requeueSome(await h.claimed(), h.clock.now())).toBe(0);
      expect(await h.pending()).toEqual([]);
      expect(await h.replays.get(id)).toMatchObject({ status: 'cancelled' });
    });

    it('passes ten thousand deliveries of other types in one batch, and reads no more', async () => {
      await using h = await withReplays(open());
      const [template] = await h.insertFinal(1, { type: 'license.created' });
      const delivery = await h.deliveries.get(template ?? '');
      if (delivery === undefined) throw new Error('one delivery');
      await h.putDeliveries(
        Array.from({ length: 10_000 }, (_, index) => ({
          ...delivery,
          id: toDeliveryId(delivery.eventId, index),
        })),
      );
      h.clock.advance(second);
      const [wanted] = await h.insertFinal(1);
      const id = await h.insert({ types: ['user.login'] });
      expect(await h.replays.requeueSome(await h.claimed(), h.clock.now())).toBe(0);
      expect(await h.replays.get(id)).toMatchObject({ status: 'running' });
      h.clock.advance(second);
      await h.replays.requeueSome(await h.claimed(), h.clock.now());
      expect(await h.pending()).toEqual([wanted]);
      expect(await h.replays.get(id)).toMatchObject({ status: 'done', done: 1 });
    });
  });

  describe(`${name}: a claim of a replay`, () => {
    it('lasts for its lease, and ends with the replay', async () => {
      await using h = await withReplays(open());
      const id = await h.insert();
      expect(await h.claim()).toMatchObject({ id, epoch: 1, limit: 2 });
      h.clock.advance(leaseMs - 1);
      expect(await h.claim()).toBeUndefined();
      h.clock.advance(second);
      expect(await h.claim()).toMatchObject({ id, epoch: 2 });
      await h.replays.cancel(id, 5);
      h.clock.advance(10 * leaseMs);
      expect(await h.claim()).toBeUndefined();
    });

    it('visits each account once, and takes the job of the account that waits longest', async () => {
      await using h = await withReplays(open());
      await h.insertFinal(20, { finishedAt: 0 });
      const insert = async (id: string, owner: string, waitedMs: number) => {
        await h.insert({ id, accountId: owner, createdAt: h.clock.now() - waitedMs });
      };
      await insert('rpl_1', 'acc_a', 1);
      await insert('rpl_2', 'acc_a', 20);
      await insert('rpl_3', 'acc_c', 30);
      await insert('rpl_4', 'acc_b', 40);
      const round = async () => {
        const ids: string[] = [];
        for (
          let claimed = await h.claim();
          claimed !== undefined;
          claimed = await h.claim(claimed.accountId)
        ) {
          ids.push(claimed.id);
          await h.replays.requeueSome(claimed, h.clock.now());
        }
        return ids;
      };
      expect(await round()).toEqual(['rpl_2', 'rpl_4', 'rpl_3']);
      expect(await round()).toEqual([]);
      h.clock.advance(second);
      expect((await round())[0]).toBe('rpl_1');
      expect(await h.replays.countRunning('acc_a')).toBe(2);
      await h.replays.cancel('rpl_1', 1);
      expect(await h.replays.countRunning('acc_a')).toBe(1);
    });

    it('keeps all jobs of an account together to its pace, however many processes claim them', async () => {
      await using h = await withReplays(open());
      await h.insertFinal(40);
      for (let n = 0; n < 4; n++) await h.insert();
      let requeued = 0;
      for (let tenths = 0; tenths < 30; tenths++) {
        h.clock.advance(100);
        const claims = await Promise.all(Array.from({ length: 4 }, () => h.claim()));
        for (const claimed of claims.filter((one) => one !== undefined)) {
          requeued += await h.replays.requeueSome(claimed, h.clock.now());
        }
      }
      // Two at once, and two more in each of three seconds.
      expect(requeued).toBeGreaterThanOrEqual(6);
      expect(requeued).toBeLessThanOrEqual(8);
    });
  });

  describe(`${name}: the replays of a deleted webhook`, () => {
    it('end, and leave those of other webhooks running', async () => {
      await using h = await withReplays(open());
      const [own, other] = [await h.insert(), await h.insert({ webhookId: 'wh_000000000002' })];
      await h.replays.cancelForWebhook({ id: webhookId, accountId }, 7);
      expect(await h.replays.get(own)).toMatchObject({ status: 'cancelled', finishedAt: 7 });
      expect(await h.replays.get(other)).toMatchObject({ status: 'running' });
    });

    it('leave what was delivered before delivered, and what never was pending', async () => {
      await using h = await withReplays(open());
      const at = h.clock.now();
      const attempts = [
        { at, durationMs: 5, statusCode: 200, reason: null, reply: '' },
        { at: 0, durationMs: 9, statusCode: 500, reason: 'http_status' as const, reply: '' },
      ];
      const waiting = {
        status: 'pending' as const,
        reason: 'awaiting_retry' as const,
        dueAt: at,
        finishedAt: null,
      };
      const delivered = await h.insertFinal(3, { ...waiting, attempts });
      const failed = await h.insertFinal(2, { ...waiting, attempts: attempts.slice(1) });
      let after: string | undefined;
      let steps = 0;
      do {
        after = await h.replays.restoreDelivered(webhookId, after, 2);
        steps++;
      } while (after !== undefined);
      expect(steps).toBe(3);
      expect(await h.pending()).toEqual([...failed].sort());
      const restored = await h.withStatus('delivered');
      expect(restored.map(({ id }) => id)).toEqual([...delivered].sort());
      expect(restored[0]).toMatchObject({
        finishedAt: at + 5,
        attempts: [{}, {}],
        reason: null,
        dueAt: null,
      });
      expect((await h.queue.pullBacklog(webhookId, 10, at)).deliveries).toHaveLength(failed.length);
    });
  });

  it(`${name}: keeps the newest thousand replays of an account, and those that run`, async () => {
    await using h = await withReplays(open());
    const running = await h.insert();
    const template = await h.replays.get(running);
    if (template === undefined) throw new Error('one replay');
    await h.putReplays(
      Array.from({ length: 1_010 }, (_, n) => ({
        ...template,
        status: 'done' as const,
        id: `${running}${String(n).padStart(4, '0')}`,
      })),
    );
    const newest = await h.insert({ id: `${running}z` });
    expect(await h.listIds('replays')).toHaveLength(1_001);
    expect(await h.replays.get(running)).toBeDefined();
    expect(await h.replays.get(newest)).toBeDefined();
    expect(await h.replays.get(`${running}0010`)).toBeUndefined();
    expect(await h.replays.get(`${running}0011`)).toBeDefined();
  });

  describe(`${name}: the running replays of an account`, () => {
    it('are no more than its limit', async () => {
      await using h = await withReplays(open());
      await h.insert({ accountId: 'acc_b' });
      const insert = (limit: number) => h.replays.insert(aJob({ accountId, webhookId }), limit);
      expect(await insert(0)).toBe('account_limit_reached');
      expect([await insert(1), await insert(1)]).toEqual(['inserted', 'account_limit_reached']);
      expect(await insert(2)).toBe('inserted');
      expect(await h.replays.countRunning(accountId)).toBe(2);
    });
  });
}
