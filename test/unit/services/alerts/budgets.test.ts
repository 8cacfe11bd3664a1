import { describe, expect, it } from 'vitest';
import { createNoticeBudget } from '../../../../server/src/services/alerts/notice-budget.ts';
import { createTestLimiter } from '../../../../server/src/services/alerts/test-limiter.ts';

const minute = 60_000;

describe('the budget of operational events', () => {
  it('is one of each account, for each minute of the clock', () => {
    const budget = createNoticeBudget(2);
    const take = (accountId: string, now: number) => budget.take(accountId, now);
    expect([take('acc_a', 0), take('acc_a', 1), take('acc_a', minute - 1)]).toEqual([true, true, false]);
    expect(take('acc_b', minute - 1)).toBe(true);
    expect([take('acc_a', minute), take('acc_a', minute), take('acc_a', minute)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('test messages of an owner', () => {
  it('are 20 in ten minutes, and the error says when there is room', () => {
    const limiter = createTestLimiter();
    for (let index = 0; index < 20; index++) limiter.take('acc_a', index * 1_000);
    const now = 30_000;
    expect(() => limiter.take('acc_a', now)).toThrow(/retry in 570 s/);
    expect(limiter.take(null, now)).toBeUndefined();
    expect(limiter.take('acc_b', now)).toBeUndefined();
    expect(() => limiter.take('acc_a', 10 * minute - 1)).toThrow(/retry in 1 s/);
    expect(limiter.take('acc_a', 10 * minute)).toBeUndefined();
    expect(() => limiter.take('acc_a', 10 * minute)).toThrow(/20 test messages/);
  });

  it('over the limit are refused as such', () => {
    const limiter = createTestLimiter();
    for (let index = 0; index < 20; index++) limiter.take(null, 0);
    expect(() => limiter.take(null, 0)).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfterSeconds: 600 }),
    );
  });
});
