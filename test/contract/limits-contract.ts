import { describe, expect, it } from 'vitest';
import type { Actor } from '../../server/src/domain/access.ts';
import { keyRates, noLimits, type AccountLimits } from '../../server/src/domain/account-limits.ts';
import { isTocsinError } from '../../server/src/domain/errors.ts';
import type { AccountStore, ApiKeyStore, AppStore } from '../../server/src/domain/ports/access-stores.ts';
import type {
  AccountCountStore,
  ChangeCountStore,
  RateBudgetStore,
} from '../../server/src/domain/ports/limit-stores.ts';
import type { WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { RateLimiter } from '../../server/src/services/authorization/rate-limiter.ts';
import { aKey, aReplay, aWebhook } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';

export interface LimitsHarness extends AsyncDisposable {
  readonly budgets: RateBudgetStore;
  readonly changes: ChangeCountStore;
  /** The stores of another process on the same database. */
  openAnother(): Promise<LimitsHarness>;
}

export interface CountsHarness extends AsyncDisposable {
  readonly accounts: AccountStore;
  readonly apps: AppStore;
  readonly webhooks: WebhookStore;
  readonly keys: ApiKeyStore;
  readonly counts: AccountCountStore;
  addReplay(replay: Replay): Promise<void>;
}

const limit = keyRates.calls;
const start = Date.parse('2026-01-01T00:00:00.000Z');
const hourMs = 3_600_000;

/** What all processes count together. A function, so that another store can run the same suite. */
export function limitsContract(name: string, open: () => Promise<LimitsHarness>): void {
  budgetContract(name, open);
  rateLimiterContract(name, open);
  changeCountContract(name, open);
}

function budgetContract(name: string, open: () => Promise<LimitsHarness>): void {
  describe(`${name}: budgets of rate limits`, () => {
    it('grant at most the burst to calls that race', async () => {
      await using one = await open();
      await using two = await one.openAnother();
      const grants = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? one : two).budgets.lease({ id: 'b', limit, want: 7, spent: 0, now: start }),
        ),
      );
      expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
    });

    it('show what is left, and nothing if they were never used', async () => {
      await using h = await open();
      await h.budgets.lease({ id: 'b', limit, want: 100, spent: 0, now: start });
      expect(await h.budgets.read('b', limit, start + 500)).toBe(25);
      expect(await h.budgets.read('b', limit, start + 60_000)).toBe(100);
      expect(await h.budgets.read('other', limit, start)).toBeUndefined();
    });

    it('are refilled over time up to the burst, also for a process whose clock is behind', async () => {
      await using h = await open();
      const lease = async (want: number, now: number, spent = 0) =>
        await h.budgets.lease({ id: 'b', limit, want, spent, now });
      expect(await lease(130, start)).toEqual({ granted: 100, left: 0 });
      expect(await lease(9, start + 100)).toEqual({ granted: 5, left: 0 });
      expect(await lease(9, start + 50)).toEqual({ granted: 0, left: 0 });
      expect(await lease(0, start + 110)).toEqual({ granted: 0, left: 0.5 });
      expect(await lease(10, start + 120)).toEqual({ granted: 1, left: 0 });
      expect(await lease(1, start + 60_000)).toEqual({ granted: 1, left: 99 });
    });

    it('become negative by what was spent, by one burst at most, and never exceed the burst', async () => {
      await using h = await open();
      const lease = async (spent: number, now = start) =>
        await h.budgets.lease({ id: 'b', limit, want: 1, spent, now });
      expect(await lease(150)).toEqual({ granted: 0, left: -50 });
      expect(await lease(500)).toEqual({ granted: 0, left: -100 });
      expect(await lease(0, start + 2_000)).toEqual({ granted: 0, left: 0 });
      expect(await lease(-500, start + 2_000)).toEqual({ granted: 1, left: 99 });
    });
  });
}

function rateLimiterContract(name: string, open: () => Promise<LimitsHarness>): void {
  describe(`${name}: the rate limiters of two processes with one database`, () => {
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
      await using two = await one.openAnother();
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
}

function changeCountContract(name: string, open: () => Promise<LimitsHarness>): void {
  describe(`${name}: the count of changes`, () => {
    it('stops at its maximum although calls of two processes race', async () => {
      await using one = await open();
      await using two = await one.openAnother();
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
}

/** What counts of an account are exact for. */
export function countsContract(name: string, open: () => Promise<CountsHarness>): void {
  describe(`${name}: what an account has`, () => {
    const accountId = 'acc_aaaa';
    const key = aKey({ accountId, createdAt: start });
    const keyNamed = (id: string) => ({ ...key, id, hash: id });

    it('is counted without what has ended and what other accounts have', async () => {
      await using h = await open();
      await h.apps.insert({ id: 'app_1', accountId, name: 'A', createdAt: 1 });
      await h.apps.insert({ id: 'app_2', accountId: 'acc_b', name: 'B', createdAt: 1 });
      for (const owner of [accountId, accountId, 'acc_b'])
        await h.webhooks.insert(aWebhook({ accountId: owner }), 9);
      await h.keys.insert(keyNamed('key_1'));
      await h.keys.insert({ ...keyNamed('key_2'), expiresAt: start + 1 });
      await h.keys.insert({ ...keyNamed('key_3'), expiresAt: start });
      await h.keys.insert({ ...keyNamed('key_4'), revokedAt: start });
      await h.keys.insert({ ...keyNamed('key_5'), accountId: 'acc_b' });
      await h.addReplay(aReplay({ accountId }));
      await h.addReplay(aReplay({ accountId, status: 'done' }));
      await h.addReplay(aReplay({ accountId: 'acc_b' }));
      const counts = { apps: 1, webhooks: 2, keys: 2, replays: 1 };
      expect(await h.counts.count(accountId, start)).toEqual(counts);
      expect(await h.counts.count('acc_c', start)).toEqual({ apps: 0, webhooks: 0, keys: 0, replays: 0 });
    });

    it('stops an insert at the limit, and an ended key makes room', async () => {
      await using h = await open();
      await h.accounts.insert({ id: accountId, name: 'A', createdAt: start });
      await h.keys.insert(keyNamed('key_1'), 2);
      expect(await h.keys.insert({ ...keyNamed('key_2'), expiresAt: start + 1 }, 2)).toBe('inserted');
      expect(await h.keys.insert(keyNamed('key_3'), 2)).toBe('account_limit_reached');
      expect(await h.keys.insert({ ...keyNamed('key_4'), createdAt: start + 1 }, 2)).toBe('inserted');
      expect(await h.keys.insert(keyNamed('key_5'), 0)).toBe('account_limit_reached');
      expect(await h.keys.insert(keyNamed('key_6'))).toBe('inserted');
    });

    it('is exact if calls race for the last places', async () => {
      await using h = await open();
      await h.accounts.insert({ id: accountId, name: 'A', createdAt: start });
      const webhooks = [1, 2, 3, 4].map(() => aWebhook({ accountId }));
      const results = await Promise.all([
        ...['key_1', 'key_2', 'key_3'].map((id) => h.keys.insert(keyNamed(id), 1)),
        ...webhooks.map((webhook) => h.webhooks.insert(webhook, 9, 2)),
      ]);
      expect(results.filter((result) => result === 'inserted')).toHaveLength(3);
      expect(await h.counts.count(accountId, start)).toMatchObject({ keys: 1, webhooks: 2 });
    });
  });
}
