import { describe, expect, it } from 'vitest';
import { noActivity } from '../../../../server/src/domain/activity.ts';
import type { ActivityEntry } from '../../../../server/src/domain/ports/activity-store.ts';
import type { DeliveryStore } from '../../../../server/src/domain/ports/delivery-store.ts';
import { createStats } from '../../../../server/src/services/system/stats.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const minuteMs = 60_000;
const oldestDueAt = Date.parse('2026-01-01T00:00:00.000Z');

/** Statistics over these counts. Records for which apps each part was read. */
function statsOf(entries: (now: number) => ActivityEntry[] = () => []) {
  const clock = new FakeClock();
  const queries: [string, unknown, unknown?][] = [];
  const getQueueState: DeliveryStore['getQueueState'] = (visibility, now) => {
    queries.push(['queue', visibility, now]);
    return Promise.resolve({ pending: 3, dueNow: 2, inFlight: 1, oldestDueAt, isCapped: false });
  };
  const countUndelivered: DeliveryStore['countUndelivered'] = (visibility, since) => {
    queries.push(['undelivered', visibility, since]);
    return Promise.resolve({ pending: 2, failed: 4, cancelled: 1, isCapped: false });
  };
  const stats = createStats({
    activity: {
      save: () => Promise.resolve(),
      listSaved: () => Promise.resolve([]),
      read: (visibility, since) => {
        queries.push(['activity', visibility, since]);
        return Promise.resolve(entries(clock.now()));
      },
    },
    // The statistics do not use the other methods.
    deliveries: { getQueueState, countUndelivered } as DeliveryStore,
    access: accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' }),
    clock,
    deliveryState: () => 'ok',
    getIndexStatus: () => {
      queries.push(['indexes', undefined]);
      return Promise.resolve([{ index: 'events.x', state: 'missing', percent: null }]);
    },
    findUnhealthy: (visibility) => {
      queries.push(['unhealthy', visibility]);
      const states = ['failing', 'failing', 'paused', 'disabled', 'disabled', 'disabled'] as const;
      const webhooks = states.map((state, index) => {
        const disabledBy = state === 'disabled' ? (index === 3 ? 'platform' : 'user') : null;
        return { id: `wh_${index}`, state, disabledBy, failuresInARow: 1 } as const;
      });
      return Promise.resolve({ webhooks, isCapped: false });
    },
    findFailingWebhooks: (visibility) => {
      queries.push(['failing', visibility]);
      return Promise.resolve([]);
    },
  });
  return { stats, queries, clock };
}

describe('the statistics of a period', () => {
  it('cover only the apps of the caller in every part, without the state of the indexes', async () => {
    const { stats, queries, clock } = statsOf();
    const own = { accountId: 'acc_a', excludedAppIds: [] };
    expect((await stats(keyActor(), { hours: 24 })).indexes).toEqual([]);
    expect(queries).toEqual([
      ['activity', own, clock.now() - 24 * 60 * minuteMs],
      ['queue', own, clock.now()],
      ['undelivered', own, clock.now() - 24 * 60 * minuteMs],
      ['unhealthy', own],
      ['failing', own],
    ]);
  });

  it('cover one app if it is given, and are rejected for a foreign one', async () => {
    const { stats, queries } = statsOf();
    await stats(keyActor(), { appId: 'app_a2', hours: 1 });
    const only = { appId: 'app_a2', excludedAppIds: [] };
    expect(queries.map(([, visibility]) => visibility)).toEqual([only, only, only, only, only]);
    const foreign = stats(keyActor(), { appId: 'app_b', hours: 1 });
    await expect(foreign).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const publisher = keyActor('acc_a', ['events:publish']);
    await expect(stats(publisher, { hours: 1 })).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
    expect(queries).toHaveLength(5);
  });

  it('cover all apps for the operator, with the state of the indexes', async () => {
    const { stats, queries } = statsOf();
    expect((await stats(rootActor, { hours: 1 })).indexes).toHaveLength(1);
    const all = { excludedAppIds: [] };
    expect(queries.map(([, visibility]) => visibility)).toEqual([all, all, all, all, all, undefined]);
  });

  it('say what waits, and since when the oldest delivery is due', async () => {
    expect((await statsOf().stats(rootActor, { hours: 1 })).queue).toEqual({
      pending: 3,
      dueNow: 2,
      oldestDueAt: '2026-01-01T00:00:00.000Z',
      isCapped: false,
    });
  });

  it('have no rate or latency without deliveries, and exclude cancelled ones from the rate', async () => {
    expect(await statsOf().stats(rootActor, { hours: 1 })).toMatchObject({
      successRate: null,
      attemptSuccessRate: null,
      latencyMs: null,
    });
    const ended = { accepted: 9, delivered: 3, failed: 1, cancelled: 4 };
    const counts = { ...noActivity(), ...ended, attempts: 20, failedAttempts: 17 };
    const { stats } = statsOf((now) => [{ appId: 'app_a', accountId: 'acc_a', at: now, counts }]);
    expect(await stats(rootActor, { hours: 1 })).toMatchObject({
      successRate: 0.75,
      attemptSuccessRate: expect.closeTo(0.15) as number,
      totals: { ...ended, pending: 3, attempts: 20, failedAttempts: 17 },
    });
  });

  it('count each minute in its point, including the last one', async () => {
    const counts = (accepted: number) => ({ ...noActivity(), accepted });
    const { stats, clock } = statsOf((now) => [
      { appId: 'app_a', accountId: 'acc_a', at: now - 59 * minuteMs, counts: counts(1) },
      { appId: 'app_b', accountId: 'acc_b', at: now - 59 * minuteMs, counts: counts(2) },
      { appId: 'app_a', accountId: 'acc_a', at: now, counts: counts(4) },
    ]);
    const { series } = await stats(rootActor, { hours: 1 });
    expect(series).toHaveLength(61);
    expect(series.filter(({ accepted }) => accepted > 0)).toMatchObject([
      { at: new Date(clock.now() - 59 * minuteMs).toISOString(), accepted: 3 },
      { at: new Date(clock.now()).toISOString(), accepted: 4 },
    ]);
  });

  it('begin with a full minute, and count what became of the deliveries of the span', async () => {
    const counts = { ...noActivity(), accepted: 5, deliveries: 20, delivered: 1 };
    const { stats, clock } = statsOf((now) => [{ appId: 'app_a', accountId: 'acc_a', at: now, counts }]);
    clock.advance(59_999);
    expect(await stats(rootActor, { hours: 1 })).toMatchObject({
      since: new Date(clock.now() - 59_999 - 60 * minuteMs).toISOString(),
      // Two are stored and one is in flight.
      outcomes: { deliveries: 20, delivered: 12, waiting: 3, failed: 4, cancelled: 1, isCapped: false },
      webhooks: { failing: 2, paused: 1, disabled: 3, disabledByPlatform: 1, isCapped: false },
    });
  });

  it('never count fewer deliveries than are stored, while the counts of activity are not saved yet', async () => {
    expect((await statsOf().stats(rootActor, { hours: 1 })).outcomes).toMatchObject({
      deliveries: 8,
      delivered: 0,
    });
  });

  it('show the most that waited in each interval, and in the last one what waits now', async () => {
    const sample = (appId: string, at: number, waiting: number) => ({
      appId,
      accountId: 'acc_a',
      at,
      counts: { ...noActivity(), waiting },
    });
    const { stats } = statsOf((now) => [
      sample('app_a', now - 119 * minuteMs, 3),
      sample('app_b', now - 119 * minuteMs, 4),
      // Sampled twice, during a handover.
      sample('app_a', now - 119 * minuteMs, 3),
      sample('app_a', now - 118 * minuteMs, 5),
    ]);
    const { series } = await stats(rootActor, { hours: 24 });
    expect(series.map(({ waiting }) => waiting).filter((waiting) => waiting > 0)).toEqual([7, 2]);
  });
});
