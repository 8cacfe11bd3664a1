import { afterEach, describe, expect, it, vi } from 'vitest';
import { HealthTracker } from '../../../../server/src/delivery/attempt/health-tracker.ts';
import { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import { unknownHealth, type EndpointHealth } from '../../../../server/src/domain/endpoint-health.ts';
import type { EndpointHealthChange } from '../../../../server/src/domain/ports/webhook-store.ts';
import { FakeClock } from '../../../support/clock.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const webhook = { id: 'wh_1', appId: 'app_1', accountId: 'acc_1' };
const minute = 60_000;
const hour = 60 * minute;

/** A tracker over stored health in memory. `saves` has the changes of each write. */
function tracker(stored: Record<string, EndpointHealth> = {}) {
  const clock = new FakeClock();
  const saves: (readonly EndpointHealthChange[])[] = [];
  const reads: (readonly string[])[] = [];
  const state = {
    epoch: 0,
    rejected: [] as string[],
    isAway: false,
    /** Until then, writes are on their way. */
    confirmed: Promise.resolve(),
  };
  const health = new HealthTracker({
    store: {
      get: (ids) => {
        reads.push(ids);
        if (state.isAway) return Promise.reject(new Error('away'));
        return Promise.resolve(new Map(ids.flatMap((id) => (stored[id] ? [[id, stored[id]]] : []))));
      },
      save: async (changes) => {
        saves.push(changes);
        await state.confirmed;
        if (state.isAway) throw new Error('away');
        return state.rejected;
      },
    },
    clock,
    log: silent,
    getEpoch: () => state.epoch,
  });
  const load = async (id = webhook.id) => {
    const queue = new EndpointQueue(id, 'acc_a', { maxInFlight: 1, initialInFlight: 1 });
    await health.restore(queue);
    return queue;
  };
  const succeed = async () => {
    health.recordSuccess(webhook, clock.now());
    await health.save();
  };
  const fail = async () => {
    health.recordFailure(webhook, clock.now(), 'timeout');
    await health.save();
  };
  /** Keeps writes from ending. Returns the function that lets them end. */
  const holdWrites = () => {
    let release = () => {};
    state.confirmed = new Promise((resolve) => (release = resolve));
    return () => release();
  };
  return { health, clock, saves, reads, state, load, succeed, fail, holdWrites };
}

describe('the health of an endpoint', () => {
  it('is not written for successes, except once an hour', async () => {
    const { clock, saves, load, succeed, health } = tracker();
    await load();
    for (let n = 0; n < 50; n++) await succeed();
    expect(saves).toEqual([]);
    for (let n = 0; n < 60; n++) {
      clock.advance(minute);
      await succeed();
    }
    await health.save();
    expect(saves).toHaveLength(1);
    clock.advance(2 * minute);
    await health.save();
    expect(saves).toHaveLength(2);
  });

  it('is written when the endpoint begins to fail, is paused, and succeeds again', async () => {
    const { clock, saves, load, succeed, fail } = tracker();
    await load();
    const startedAt = clock.now();
    await fail();
    expect(saves).toMatchObject([
      [{ webhook, health: { failuresInARow: 1, failingSince: startedAt }, epoch: 0 }],
    ]);
    clock.advance(1_000);
    for (let n = 0; n < 8; n++) await fail();
    expect(saves).toHaveLength(1);
    clock.advance(9_000);
    await fail();
    expect(saves[1]).toMatchObject([{ health: { failuresInARow: 10, failingSince: startedAt } }]);
    await succeed();
    expect(saves[2]).toMatchObject([{ health: { failuresInARow: 0, lastSuccessAt: clock.now() } }]);
    expect(saves).toHaveLength(3);
  });

  it.each([
    ['has never succeeded', {}],
    [
      'succeeded before',
      { wh_1: { ...unknownHealth, lastSuccessAt: Date.parse('2025-12-31T23:59:00.000Z') } },
    ],
  ])('is written once a minute while an endpoint fails that %s', async (_name, stored) => {
    const { clock, saves, load, fail } = tracker(stored);
    await load();
    for (let n = 0; n < 4; n++) {
      await fail();
      clock.advance(20_000);
    }
    expect(saves.map(([change]) => change?.health.failuresInARow)).toEqual([1, 4]);
  });

  it('is written for many endpoints in one write, and completely when the process stops', async () => {
    const { health, clock, saves } = tracker();
    const ids = ['wh_1', 'wh_2', 'wh_3'];
    for (const id of ids) health.recordSuccess({ ...webhook, id }, clock.now());
    await health.stop();
    expect(saves.map((changes) => changes.map(({ webhook: { id } }) => id))).toEqual([ids]);
  });

  it('is written later if the database is away, with what happened meanwhile', async () => {
    const { health, saves, load, fail, state } = tracker();
    await load();
    state.isAway = true;
    await fail();
    state.isAway = false;
    await health.save();
    await fail();
    await health.save();
    const written = saves.map(([change]) => change?.health.failuresInARow);
    expect(written).toEqual([1, 1]);
  });

  it('is not written if the endpoint is forgotten while the database is away', async () => {
    const { health, clock, saves, load, state, holdWrites } = tracker();
    await load();
    health.recordFailure(webhook, clock.now(), 'timeout');
    const release = holdWrites();
    const saving = health.save();
    health.forget(webhook.id);
    state.isAway = true;
    release();
    await saving;
    state.isAway = false;
    await load();
    await health.saveNow();
    expect(saves).toHaveLength(1);
  });

  it('is written once for each endpoint, also if one of them is forgotten meanwhile', async () => {
    const { health, clock, saves, load, holdWrites } = tracker();
    const other = { ...webhook, id: 'wh_2' };
    for (const each of [webhook, other]) {
      await load(each.id);
      health.recordFailure(each, clock.now(), 'timeout');
    }
    const release = holdWrites();
    const saving = health.save();
    health.forget(webhook.id);
    release();
    await saving;
    await health.saveNow();
    expect(saves).toHaveLength(1);
    health.recordFailure(other, clock.now(), 'timeout');
    await health.save();
    expect(saves).toHaveLength(1);
  });

  it('is written for one endpoint when it is asked for', async () => {
    const { health, clock, saves, load } = tracker();
    for (const id of ['wh_1', 'wh_2']) {
      await load(id);
      health.recordFailure({ ...webhook, id }, clock.now(), 'timeout');
    }
    await health.saveNow('wh_2');
    expect(saves).toMatchObject([[{ webhook: { id: 'wh_2' } }]]);
  });

  it('is read for many endpoints in one query', async () => {
    const { reads, load } = tracker();
    await Promise.all(['wh_1', 'wh_2', 'wh_3'].map((id) => load(id)));
    expect(reads).toEqual([['wh_1', 'wh_2', 'wh_3']]);
  });
});

const failing: EndpointHealth = {
  ...unknownHealth,
  failuresInARow: 20,
  failingSince: Date.parse('2025-12-30T00:00:00.000Z'),
  lastFailureAt: Date.parse('2025-12-31T23:00:00.000Z'),
  lastFailureReason: 'timeout',
};

describe('stored health', () => {
  it('is read once for an endpoint, and leaves the queue of a healthy one alone', async () => {
    const { reads, load } = tracker({ wh_1: { ...unknownHealth, lastSuccessAt: 0 } });
    expect((await load()).mode).toBe('active');
    expect((await load()).mode).toBe('active');
    expect(reads).toEqual([[webhook.id]]);
  });

  it('of a failing endpoint is replaced by the next failure at once', async () => {
    const { saves, load, fail } = tracker({ wh_1: failing });
    await load();
    await fail();
    expect(saves).toMatchObject([[{ health: { failuresInARow: 21 } }]]);
  });

  it('is done without while the database is away, and counts once it is back', async () => {
    const { health, clock, saves, state, load } = tracker({ wh_1: failing });
    state.isAway = true;
    health.recordFailure(webhook, clock.now(), 'dns_failed');
    expect((await load()).mode).toBe('active');
    state.isAway = false;
    expect((await load()).mode).toBe('paused');
    await health.saveNow();
    expect(saves).toMatchObject([[{ health: { failuresInARow: 21 } }]]);
  });

  it('pauses the queue of an endpoint that failed before', async () => {
    const { load } = tracker({ wh_1: failing });
    expect((await load()).mode).toBe('paused');
  });

  it('counts together with a failure that is recorded before it is loaded', async () => {
    const { health, clock, saves, load } = tracker({ wh_1: failing });
    health.recordFailure(webhook, clock.now(), 'dns_failed');
    await load();
    await health.saveNow();
    expect(saves).toMatchObject([
      [
        {
          health: { failuresInARow: 21, failingSince: failing.failingSince, lastFailureReason: 'dns_failed' },
        },
      ],
    ]);
  });

  it('is not replaced by what is recorded while it is loaded', async () => {
    const { health, clock, saves, load } = tracker({ wh_1: failing });
    health.recordFailure(webhook, clock.now(), 'dns_failed');
    await health.save();
    expect(saves).toEqual([]);
    const queue = await load();
    expect(queue.mode).toBe('paused');
  });

  it('is replaced at once by a success that is recorded before it is loaded', async () => {
    const { health, clock, saves, load } = tracker({ wh_1: failing });
    health.recordSuccess(webhook, clock.now());
    await load();
    await health.save();
    expect(saves).toMatchObject([[{ health: { failuresInARow: 0, failingSince: null } }]]);
  });

  it('is loaded again after another process has stored something newer', async () => {
    const stored: Record<string, EndpointHealth> = {};
    const { health, reads, state, load, fail } = tracker(stored);
    await load();
    state.rejected = [webhook.id];
    await fail();
    stored['wh_1'] = failing;
    expect((await load()).mode).toBe('paused');
    expect(reads).toHaveLength(2);
    expect(health.isPaused(webhook.id)).toBe(true);
  });

  it('is loaded again in another epoch, and nothing of the earlier one is written', async () => {
    const { health, clock, reads, saves, state, load } = tracker();
    await load();
    health.recordFailure(webhook, clock.now(), 'timeout');
    state.epoch = 2;
    await health.saveNow();
    expect(saves).toEqual([]);
    await load();
    health.recordFailure(webhook, clock.now(), 'timeout');
    await health.saveNow();
    expect(reads).toHaveLength(2);
    expect(saves).toMatchObject([[{ epoch: 2, health: { failuresInARow: 1 } }]]);
  });
});

describe('the time of writes', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('comes once a second until the process stops', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { health, clock, saves, load } = tracker();
    await load();
    health.start();
    health.start();
    health.recordFailure(webhook, clock.now(), 'timeout');
    await vi.advanceTimersByTimeAsync(999);
    expect(saves).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(saves).toHaveLength(1);
    await health.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('reading ahead', () => {
  it('loads what is not known, in one query, and is what a new queue starts with', async () => {
    const { health, reads, load } = tracker({ wh_1: failing, wh_2: failing });
    await load('wh_1');
    await health.prefetch(['wh_1', 'wh_2', 'wh_3']);
    expect(reads).toEqual([['wh_1'], ['wh_2', 'wh_3']]);
    expect((await load('wh_2')).mode).toBe('paused');
    expect((await load('wh_3')).mode).toBe('active');
    expect(reads).toHaveLength(2);
  });

  it('takes half of the endpoints that fit into memory at most', async () => {
    const { health, reads, load } = tracker();
    const ids = (count: number, prefix: string) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
    await load();
    await health.prefetch(ids(25_000, 'wh_a'));
    expect(reads.flat()).toHaveLength(1);
    await health.prefetch(ids(24_999, 'wh_b'));
    expect(reads.flat()).toHaveLength(25_000);
    await health.prefetch(['wh_2']);
    expect(reads.flat()).toHaveLength(25_000);
  });

  it('leaves an endpoint to its first delivery if the database is away', async () => {
    const { health, state, load } = tracker({ wh_1: failing });
    state.isAway = true;
    await health.prefetch([webhook.id]);
    expect((await load()).mode).toBe('active');
    state.isAway = false;
    expect((await load()).mode).toBe('paused');
  });
});

describe('the endpoints in memory', () => {
  it('are 50,000, and those whose failures are not written stay the longest', async () => {
    const { health, clock, saves, load, state } = tracker({ wh_1: failing });
    await load('wh_1');
    state.isAway = true;
    health.recordFailure({ ...webhook, id: 'wh_2' }, clock.now(), 'timeout');
    const succeed = (id: string) => health.recordSuccess({ ...webhook, id }, clock.now());
    for (let n = 3; n <= 50_000; n++) succeed(`wh_${n}`);
    expect(health.isPaused('wh_1')).toBe(true);
    succeed('wh_50001');
    expect(health.isPaused('wh_1')).toBe(false);
    succeed('wh_50002');
    state.isAway = false;
    await health.saveNow();
    const written = new Set(saves.flat().map((change) => change.webhook.id));
    expect(['wh_2', 'wh_3', 'wh_4'].filter((id) => written.has(id))).toEqual(['wh_2', 'wh_4']);
  });
});

describe('a webhook', () => {
  const day = 24 * hour;

  it('of which nothing is known is neither paused nor failing', () => {
    const { health, clock } = tracker();
    expect(health.isPaused(webhook.id)).toBe(false);
    expect(health.isFailingTooLong(webhook.id, clock.now(), 0)).toBe(false);
  });

  it('fails too long only after three failures that this process has seen since a success', async () => {
    const { health, clock, load, fail, succeed } = tracker({ wh_1: failing });
    await load();
    const isFailingTooLong = () => health.isFailingTooLong(webhook.id, clock.now(), day);
    const seen: boolean[] = [];
    for (let n = 0; n < 3; n++) {
      await fail();
      seen.push(isFailingTooLong());
    }
    expect(seen).toEqual([false, false, true]);
    await succeed();
    await fail();
    clock.advance(2 * day);
    await fail();
    expect(isFailingTooLong()).toBe(false);
    await fail();
    expect(isFailingTooLong()).toBe(true);
  });
});
