import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import type { Actor } from '../../server/src/domain/access.ts';
import { keyRates, noLimits, type AccountLimits } from '../../server/src/domain/account-limits.ts';
import { isTocsinError } from '../../server/src/domain/errors.ts';
import { RateLimiter } from '../../server/src/services/authorization/rate-limiter.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { toApiKeyDoc } from '../../server/src/store/mongo/documents/account.ts';
import { MongoAccountCountStore } from '../../server/src/store/mongo/limits/account-count-store.ts';
import { MongoChangeCountStore } from '../../server/src/store/mongo/limits/change-count-store.ts';
import { MongoRateBudgetStore } from '../../server/src/store/mongo/limits/rate-budget-store.ts';
import { aKey, aReplay } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { MemoryBudgets } from '../support/memory-budgets.ts';

async function open(database = `limits_${randomUUID()}`) {
  const connection = await Connection.open({ uri: inject('mongoUri'), database });
  return {
    database,
    budgets: new MongoRateBudgetStore(connection.collections),
    changes: new MongoChangeCountStore(connection.collections),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

const limit = keyRates.calls;
const start = Date.parse('2026-01-01T00:00:00.000Z');
const hourMs = 3_600_000;

describe('budgets of rate limits', () => {
  it('grant at most the burst to calls that race', async () => {
    await using one = await open();
    await using two = await open(one.database);
    const grants = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : two).budgets.lease({ id: 'b', limit, want: 7, spent: 0, now: start }),
      ),
    );
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
  });

  it('have the rules of the budgets in memory that other tests use', async () => {
    await using h = await open();
    const step = fc.record({
      want: fc.integer({ min: 0, max: 150 }),
      spent: fc.integer({ min: -50, max: 250 }),
      afterMs: fc.integer({ min: -5, max: 3_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const [memory, id] = [new MemoryBudgets(), randomUUID()];
        let now = start;
        for (const { want, spent, afterMs } of steps) {
          now += afterMs;
          const request = { id, limit, want, spent, now };
          const [found, expected] = await Promise.all([h.budgets.lease(request), memory.lease(request)]);
          expect(found.granted).toBe(expected.granted);
          expect(found.left).toBeCloseTo(expected.left, 6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('show what is left, and nothing if they were never used', async () => {
    await using h = await open();
    await h.budgets.lease({ id: 'b', limit, want: 100, spent: 0, now: start });
    expect(await h.budgets.read('b', limit, start + 500)).toBe(25);
    expect(await h.budgets.read('b', limit, start + 60_000)).toBe(100);
    expect(await h.budgets.read('other', limit, start)).toBeUndefined();
  });
});

describe('the rate limiters of two processes with one database', () => {
  const limits: AccountLimits = { ...noLimits, callsPerSecond: 50, eventsPerSecond: 1_000 };
  const keyed = (keyId: string): Actor => ({
    kind: 'key',
    keyId,
    keyPrefix: 'tsk_012345',
    keyName: 'CI',
    accountId: 'acc_aaaa',
    scopes: new Set(['*']),
  });

  async function countAllowed(limiter: RateLimiter, key: string, calls: number, count: number) {
    const call = async () => {
      try {
        await limiter.take(keyed(key), count);
        return count;
      } catch (error) {
        if (!isTocsinError(error)) throw error;
        return 0;
      }
    };
    const taken = await Promise.all(Array.from({ length: calls }, call));
    return taken.reduce((sum, each) => sum + each, 0);
  }

  it.each([
    { counts: 'calls', burst: 150, perSecond: 50, size: 1 },
    { counts: 'events', burst: 2_000, perSecond: 1_000, size: 10 },
  ] as const)('allow what one allows: $counts', async ({ counts, burst, perSecond, size }) => {
    await using one = await open();
    await using two = await open(one.database);
    const clock = new FakeClock();
    const limiters = [one, two].map(
      ({ budgets }) => new RateLimiter({ budgets, clock, counts, getLimits: () => limits }),
    );
    const allowed = async () => {
      // With keys of its own, each process has more calls than the account has tokens, so none is left unused.
      const each = limiters.flatMap((limiter, index) =>
        ['k1', 'k2', 'k3', 'k4'].map((key) => countAllowed(limiter, `${key}-${index}`, 120, size)),
      );
      return (await Promise.all(each)).reduce((sum, count) => sum + count, 0);
    };
    expect(await allowed()).toBe(burst);
    clock.advance(1_000);
    expect(await allowed()).toBe(perSecond);
  });
});

describe('the count of changes', () => {
  it('stops at its maximum although calls of two processes race', async () => {
    await using one = await open();
    await using two = await open(one.database);
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? one : two).changes.add('acc_a', { hour: 10, day: null }, start),
      ),
    );
    expect(results.filter(({ isCounted }) => isCounted)).toHaveLength(10);
    expect(await one.changes.read('acc_a', start)).toEqual({ hour: 10, day: 10 });
  });

  it('begins again each hour and each day', async () => {
    await using h = await open();
    const maximum = { hour: 2, day: 3 };
    const add = async (now: number) => (await h.changes.add('acc_a', maximum, now)).isCounted;
    expect([await add(start), await add(start + 1), await add(start + 2)]).toEqual([true, true, false]);
    expect([await add(start + hourMs), await add(start + hourMs)]).toEqual([true, false]);
    expect(await h.changes.read('acc_a', start + 2 * hourMs)).toEqual({ hour: 0, day: 3 });
    expect([await add(start + 24 * hourMs), await add(start + 24 * hourMs)]).toEqual([true, true]);
  });

  it('does not begin again for a process whose clock is behind', async () => {
    await using h = await open();
    await h.changes.add('acc_a', { hour: 1, day: 1 }, start);
    expect((await h.changes.add('acc_a', { hour: 1, day: 1 }, start - 5)).isCounted).toBe(false);
  });

  it('takes back a change that failed, but none of another hour', async () => {
    await using h = await open();
    await h.changes.add('acc_a', { hour: null, day: null }, start);
    await h.changes.add('acc_a', { hour: null, day: null }, start + hourMs);
    await h.changes.remove('acc_a', start);
    expect(await h.changes.read('acc_a', start + hourMs)).toEqual({ hour: 1, day: 1 });
    await h.changes.remove('acc_a', start + hourMs);
    await h.changes.remove('acc_a', start + hourMs);
    expect(await h.changes.read('acc_a', start + hourMs)).toEqual({ hour: 0, day: 0 });
  });
});

describe('counts of what an account has', () => {
  const key = aKey({ accountId: 'acc_aaaa', createdAt: start });

  /** An account with 200 dead and 3 living keys, and 50 ended and 2 running replays. */
  async function fill(database: string) {
    const connection = await Connection.open({ uri: inject('mongoUri'), database });
    await connection.prepare();
    const { collections } = connection;
    const keys = new MongoApiKeyStore(collections);
    for (let index = 0; index < 203; index++) {
      const revokedAt = index < 100 ? start - 1 : null;
      const expiresAt = index < 100 ? null : index < 200 ? start - 1 : index === 200 ? null : start + 1;
      await collections.keys.insertOne(
        toApiKeyDoc({ ...key, id: `key_${index}`, hash: String(index), revokedAt, expiresAt }),
      );
    }
    const replays = new MongoReplayStore(collections);
    for (let index = 0; index < 52; index++) {
      const replay = aReplay({ accountId: 'acc_aaaa' });
      await replays.insert(replay);
      if (index < 50) await replays.cancel(replay.id, start);
    }
    return { connection, keys, [Symbol.asyncDispose]: () => connection.close() };
  }

  it('are exact, and read index entries only of what they count', async () => {
    await using filled = await fill(`limits_${randomUUID()}`);
    const { db, collections } = filled.connection;
    await db.command({ profile: 2 });
    expect(await new MongoAccountCountStore(collections).count('acc_aaaa', start)).toEqual({
      apps: 0,
      webhooks: 0,
      keys: 3,
      replays: 2,
    });
    await db.command({ profile: 0 });
    const read = await db
      .collection('system.profile')
      .find({ 'command.aggregate': { $exists: true } })
      .toArray();
    expect(read).toHaveLength(4);
    for (const { ns, planSummary, keysExamined } of read) {
      expect([ns, planSummary]).toEqual([ns, expect.stringMatching(/IXSCAN|COUNT/)]);
      expect([ns, keysExamined <= 8]).toEqual([ns, true]);
    }
  });

  it('stop an insert at the limit, and let an ended key make room', async () => {
    await using filled = await fill(`limits_${randomUUID()}`);
    const { keys } = filled;
    const next = (index: number) => ({ ...key, id: `key_new${index}`, hash: `new${index}` });
    await filled.connection.collections.accounts.insertOne({
      _id: 'acc_aaaa',
      name: 'A',
      createdAt: new Date(start),
    });
    expect(await keys.insert(next(1), 3)).toBe('account_limit_reached');
    expect(await keys.insert({ ...next(2), createdAt: start + 1 }, 3)).toBe('inserted');
    expect(await keys.insert(next(3), 0)).toBe('account_limit_reached');
    expect(await keys.insert(next(4))).toBe('inserted');
  });
});
