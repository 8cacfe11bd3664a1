import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { keyRates } from '../../server/src/domain/account-limits.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { MongoAccountStore } from '../../server/src/store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { toApiKeyDoc } from '../../server/src/store/mongo/documents/account.ts';
import { MongoAccountCountStore } from '../../server/src/store/mongo/limits/account-count-store.ts';
import { MongoChangeCountStore } from '../../server/src/store/mongo/limits/change-count-store.ts';
import { MongoRateBudgetStore } from '../../server/src/store/mongo/limits/rate-budget-store.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { MemoryRateBudgetStore } from '../../server/testing/src/store/limits/rate-budget-store.ts';
import { aKey, aReplay } from '../support/builders.ts';
import { countsContract, limitsContract } from './limits-contract.ts';

async function open(database = `limits_${randomUUID()}`) {
  const connection = await Connection.open({ uri: inject('mongoUri'), database });
  const { collections } = connection;
  const replays = new MongoReplayStore(collections);
  return {
    accounts: new MongoAccountStore(collections),
    apps: new MongoAppStore(collections),
    webhooks: new MongoWebhookStore(collections),
    keys: new MongoApiKeyStore(collections),
    counts: new MongoAccountCountStore(collections),
    budgets: new MongoRateBudgetStore(collections),
    changes: new MongoChangeCountStore(collections),
    addReplay: async (replay: Replay) => void (await replays.insert(replay)),
    openAnother: () => open(database),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

const limit = keyRates.calls;
const start = Date.parse('2026-01-01T00:00:00.000Z');

limitsContract('MongoDB', open);
countsContract('MongoDB', open);

it('budgets of rate limits have the rules of those in memory', async () => {
  await using h = await open();
  const step = fc.record({
    want: fc.integer({ min: 0, max: 150 }),
    spent: fc.integer({ min: -50, max: 250 }),
    afterMs: fc.integer({ min: -5, max: 3_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const [memory, id] = [new MemoryRateBudgetStore(), randomUUID()];
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
