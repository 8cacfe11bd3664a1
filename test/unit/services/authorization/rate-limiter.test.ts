import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { isTocsinError } from '../../../../server/src/domain/errors.ts';
import { managementLimit, RateLimiter } from '../../../../server/src/services/authorization/rate-limiter.ts';
import { FakeClock } from '../../../support/clock.ts';

const keyed = (keyId: string): Actor => ({
  kind: 'key',
  keyId,
  keyPrefix: 'tsk_012345',
  accountId: 'acc_a',
  scopes: new Set(['*']),
});

/** How many of `calls` single calls are allowed. */
function takenOf(limiter: RateLimiter, actor: Actor, calls: number): number {
  let taken = 0;
  for (let call = 0; call < calls; call++) {
    try {
      limiter.take(actor);
      taken++;
    } catch (error) {
      if (!isTocsinError(error)) throw error;
    }
  }
  return taken;
}

describe('the rate limit', () => {
  it('allows a burst of 100 and then 50 per second', () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter(managementLimit, () => clock.now());
    expect(takenOf(limiter, keyed('k'), 150)).toBe(100);
    clock.advance(1_000);
    expect(takenOf(limiter, keyed('k'), 150)).toBe(50);
    clock.advance(60_000);
    expect(takenOf(limiter, keyed('k'), 150)).toBe(100);
  });

  it('limits each key separately and never the root token', () => {
    const limiter = new RateLimiter(managementLimit, () => 0);
    expect(takenOf(limiter, keyed('a'), 150)).toBe(100);
    expect(takenOf(limiter, keyed('b'), 150)).toBe(100);
    expect(takenOf(limiter, { kind: 'root' }, 1_000)).toBe(1_000);
  });

  it('returns how long to wait until the same call is allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), (used, wanted) => {
        const clock = new FakeClock();
        const limiter = new RateLimiter(managementLimit, () => clock.now());
        limiter.take(keyed('k'), used);
        try {
          limiter.take(keyed('k'), wanted);
          expect(used + wanted).toBeLessThanOrEqual(100);
        } catch (error) {
          if (!isTocsinError(error)) throw error;
          expect(used + wanted).toBeGreaterThan(100);
          expect(error.code).toBe('RATE_LIMITED');
          clock.advance((error.retryAfterSeconds ?? 0) * 1_000);
          limiter.take(keyed('k'), wanted);
        }
      }),
    );
  });

  it('does not count a rejected call', () => {
    const limiter = new RateLimiter(managementLimit, () => 0);
    limiter.take(keyed('k'), 60);
    expect(() => limiter.take(keyed('k'), 41)).toThrow(/calls per second/);
    expect(takenOf(limiter, keyed('k'), 100)).toBe(40);
  });
});
