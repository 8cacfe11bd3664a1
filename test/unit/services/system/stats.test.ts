import { describe, expect, it } from 'vitest';
import { noActivity } from '../../../../server/src/domain/activity.ts';
import type { ActivityEntry } from '../../../../server/src/domain/ports/activity-store.ts';
import type { DeliveryStore } from '../../../../server/src/domain/ports/delivery-store.ts';
import { createStats } from '../../../../server/src/services/system/stats.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const minuteMs = 60_000;

/** Statistics over these counts. Records for which apps each part was read. */
function statsOf(entries: (now: number) => ActivityEntry[] = () => []) {
  const clock = new FakeClock();
  const queries: [string, unknown, unknown?][] = [];
  const getQueueState: DeliveryStore['getQueueState'] = (visibility, now) => {
    queries.push(['queue', visibility, now]);
    return Promise.resolve({ pending: 3, dueNow: 2, oldestDueAt: null, isCapped: false });
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
    deliveries: { getQueueState } as DeliveryStore,
    access: accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' }),
    clock,
    deliveryState: () => 'ok',
    getIndexStatus: () => {
      queries.push(['indexes', undefined]);
      return Promise.resolve([{ index: 'events.x', state: 'missing', percent: null }]);
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
      ['failing', own],
    ]);
  });

  it('cover one app if it is given, and are rejected for a foreign one', async () => {
    const { stats, queries } = statsOf();
    await stats(keyActor(), { appId: 'app_a2', hours: 1 });
    const only = { appId: 'app_a2', excludedAppIds: [] };
    expect(queries.map(([, visibility]) => visibility)).toEqual([only, only, only]);
    const foreign = stats(keyActor(), { appId: 'app_b', hours: 1 });
    await expect(foreign).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const publisher = keyActor('acc_a', ['events:publish']);
    await expect(stats(publisher, { hours: 1 })).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
    expect(queries).toHaveLength(3);
  });

  it('cover all apps for the operator, with the state of the indexes', async () => {
    const { stats, queries } = statsOf();
    expect((await stats(rootActor, { hours: 1 })).indexes).toHaveLength(1);
    const all = { excludedAppIds: [] };
    expect(queries.map(([, visibility]) => visibility)).toEqual([all, all, all, undefined]);
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
});
