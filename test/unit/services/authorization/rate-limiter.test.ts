import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { AccountLimits } from '../../../../server/src/domain/account-limits.ts';
import { isTocsinError } from '../../../../server/src/domain/errors.ts';
import { RateLimiter } from '../../../../server/src/services/authorization/rate-limiter.ts';
import { FakeClock } from '../../../support/clock.ts';
import { MemoryBudgets } from '../../../support/memory-budgets.ts';

const keyed = (keyId: string, accountId = 'acc_aaaa'): Actor => ({
  kind: 'key',
  keyId,
  keyPrefix: 'tsk_012345',
  keyName: 'CI',
  accountId,
  scopes: new Set(['*']),
});

const defaults: AccountLimits = {
  apps: 1,
  webhooks: 1,
  keys: 1,
  replays: 1,
  changesPerHour: 1,
  changesPerDay: 1,
  callsPerSecond: 50,
  eventsPerSecond: 30_000,
};

interface Setup {
  readonly budgets?: MemoryBudgets;
  readonly clock?: FakeClock;
  readonly limits?: Partial<AccountLimits>;
  readonly counts?: 'calls' | 'events';
}

/** The limiter of one process. Those that share `budgets` and `clock` are several processes. */
function aLimiter(setup: Setup = {}) {
  const { budgets = new MemoryBudgets(), clock = new FakeClock(), limits = {}, counts = 'calls' } = setup;
  return new RateLimiter({ budgets, clock, counts, getLimits: () => ({ ...defaults, ...limits }) });
}

/** How many of `calls` single calls are allowed. */
async function countAllowed(limiter: RateLimiter, actor: Actor, calls: number): Promise<number> {
  const results = await Promise.all(Array.from({ length: calls }, () => isAllowed(limiter, actor)));
  return results.filter(Boolean).length;
}

async function isAllowed(limiter: RateLimiter, actor: Actor, count = 1): Promise<boolean> {
  try {
    await limiter.take(actor, count);
    return true;
  } catch (error) {
    if (!isTocsinError(error)) throw error;
    return false;
  }
}

describe('the rate limit of a key', () => {
  it('allows a burst of 100 and then 50 per second', async () => {
    const clock = new FakeClock();
    const limiter = aLimiter({ clock, limits: { callsPerSecond: null } });
    expect(await countAllowed(limiter, keyed('k'), 150)).toBe(100);
    clock.advance(1_000);
    expect(await countAllowed(limiter, keyed('k'), 150)).toBe(50);
    clock.advance(60_000);
    expect(await countAllowed(limiter, keyed('k'), 150)).toBe(100);
  });

  it('limits each key separately and never the root token', async () => {
    const limiter = aLimiter({ limits: { callsPerSecond: null } });
    expect(await countAllowed(limiter, keyed('a'), 150)).toBe(100);
    expect(await countAllowed(limiter, keyed('b'), 150)).toBe(100);
    expect(await countAllowed(limiter, { kind: 'root' }, 1_000)).toBe(1_000);
  });

  it('returns how long to wait until the same call is allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        async (used, wanted) => {
          const clock = new FakeClock();
          const limiter = aLimiter({ clock });
          await limiter.take(keyed('k'), used);
          try {
            await limiter.take(keyed('k'), wanted);
            expect(used + wanted).toBeLessThanOrEqual(100);
          } catch (error) {
            if (!isTocsinError(error)) throw error;
            expect(used + wanted).toBeGreaterThan(100);
            expect(error.code).toBe('RATE_LIMITED');
            expect(error.retryAfterSeconds).toBe(Math.ceil((used + wanted - 100) / 50));
            clock.advance((error.retryAfterSeconds ?? 0) * 1_000);
            await limiter.take(keyed('k'), wanted);
          }
        },
      ),
    );
  });

  it('does not count a rejected call', async () => {
    const limiter = aLimiter();
    await limiter.take(keyed('k'), 60);
    await expect(limiter.take(keyed('k'), 41)).rejects.toThrow(/calls per second with this key/);
    expect(await countAllowed(limiter, keyed('k'), 100)).toBe(40);
  });
});

describe('the rate limit of an account', () => {
  it('is shared by all its keys, and leaves some to the others when one key uses up its own', async () => {
    const limiter = aLimiter();
    expect(await countAllowed(limiter, keyed('a'), 150)).toBe(100);
    expect(await countAllowed(limiter, keyed('b'), 150)).toBe(50);
    for (const key of ['c', 'd', 'e']) expect(await countAllowed(limiter, keyed(key), 150)).toBe(0);
    expect(await countAllowed(limiter, keyed('f', 'acc_bbbb'), 150)).toBe(100);
  });

  it('gives tokens of the key back when the account has none', async () => {
    const clock = new FakeClock();
    const limiter = aLimiter({ clock });
    await countAllowed(limiter, keyed('a'), 100);
    await countAllowed(limiter, keyed('b'), 90);
    // The account is empty; the key has 50 left.
    const call = async () => await limiter.take(keyed('b'), 5);
    await expect(call()).rejects.toThrow(/calls per second in this account/);
    for (let second = 0; second < 3; second++) {
      clock.advance(1_000);
      expect(await countAllowed(limiter, keyed('b'), 50)).toBe(50);
    }
  });

  it('can be set by the operator, and may be below that of a key', async () => {
    const clock = new FakeClock();
    const limiter = aLimiter({ clock, limits: { callsPerSecond: 2 } });
    expect(await countAllowed(limiter, keyed('a'), 50)).toBe(6);
    clock.advance(1_000);
    expect(await countAllowed(limiter, keyed('b'), 50)).toBe(2);
  });

  it('of nothing rejects every call', async () => {
    const limiter = aLimiter({ limits: { callsPerSecond: 0 } });
    await expect(limiter.take(keyed('a'))).rejects.toMatchObject({ retryAfterSeconds: 3_600 });
  });
});

describe('the limits of several processes', () => {
  it.each([2, 5])('together allow what one process allows: %i processes', async (processes) => {
    const [budgets, clock] = [new MemoryBudgets(), new FakeClock()];
    const limiters = Array.from({ length: processes }, () => aLimiter({ budgets, clock }));
    const burst = async () => {
      const counts = await Promise.all(limiters.map((limiter) => countAllowed(limiter, keyed('k'), 150)));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    expect(await burst()).toBe(100);
    clock.advance(1_000);
    expect(await burst()).toBe(50);
  });

  it('allow no more than the burst and one chunk per process after a pause', async () => {
    const [budgets, clock] = [new MemoryBudgets(), new FakeClock()];
    const limiters = [1, 2, 3].map(() => aLimiter({ budgets, clock }));
    for (const limiter of limiters) await limiter.take(keyed('k'));
    clock.advance(4_900);
    let allowed = 0;
    for (const limiter of limiters) allowed += await countAllowed(limiter, keyed('k'), 150);
    expect(allowed).toBeGreaterThanOrEqual(100);
    expect(allowed).toBeLessThanOrEqual(100 + 3 * 5);
  });

  it('lose no tokens that a process leased and did not use', async () => {
    const [budgets, clock] = [new MemoryBudgets(), new FakeClock()];
    const [first, second] = [aLimiter({ budgets, clock }), aLimiter({ budgets, clock })];
    await first.take(keyed('k'));
    clock.advance(5_000);
    await first.take(keyed('k'));
    expect((await countAllowed(second, keyed('k'), 150)) + (await countAllowed(first, keyed('k'), 150))).toBe(
      99,
    );
  });
});

describe('leases', () => {
  it('are taken ahead, so that a steady publisher waits for none but the first', async () => {
    const [budgets, clock] = [new MemoryBudgets(), new FakeClock()];
    const limiter = aLimiter({ budgets, clock, counts: 'events' });
    await limiter.take(keyed('k'), 500);
    let waits = 0;
    for (let ms = 0; ms < 1_000; ms++) {
      clock.advance(1);
      if (limiter.take(keyed('k'), 20) !== undefined) waits++;
      await Promise.resolve();
      await budgets.settled();
    }
    expect(waits).toBe(0);
    // 20,000 events in chunks of 3,000.
    expect(budgets.leases).toBeLessThan(20);
  });

  it('are not needed for few events', () => {
    const budgets = new MemoryBudgets();
    const limiter = aLimiter({ budgets, counts: 'events' });
    for (let event = 0; event < 300; event++) expect(limiter.take(keyed('k'))).toBeUndefined();
    expect(budgets.leases).toBe(0);
  });

  it('charge the events that needed none', async () => {
    const [budgets, clock] = [new MemoryBudgets(), new FakeClock()];
    const limiter = aLimiter({ budgets, clock, counts: 'events' });
    for (let event = 0; event < 300; event++) await limiter.take(keyed('k'));
    let allowed = 300;
    while (await isAllowed(limiter, keyed('k'), 100)) allowed += 100;
    expect(allowed).toBe(60_000);
  });

  it('are asked for at most 50 times a second while the budget is empty', async () => {
    const [budgets, clock] = [new MemoryBudgets(), new FakeClock()];
    const limiter = aLimiter({ budgets, clock, limits: { callsPerSecond: null } });
    await countAllowed(limiter, keyed('k'), 200);
    const before = budgets.leases;
    for (let ms = 0; ms < 1_000; ms++) {
      clock.advance(1);
      await isAllowed(limiter, keyed('k'), 100);
    }
    expect(budgets.leases - before).toBeLessThanOrEqual(50);
  });
});

describe('a database that fails', () => {
  it('leaves each process its own bucket, which is charged when the database is back', async () => {
    const [budgets, clock] = [new MemoryBudgets(), new FakeClock()];
    const limiter = aLimiter({ budgets, clock });
    budgets.isAway = true;
    expect(await countAllowed(limiter, keyed('k'), 300)).toBe(100);
    clock.advance(1_000);
    expect(await countAllowed(limiter, keyed('k'), 300)).toBe(50);
    budgets.isAway = false;
    clock.advance(1_000);
    expect(await countAllowed(limiter, keyed('k'), 300)).toBeLessThanOrEqual(50);
  });
});
