import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextStep, type RetryPolicy, type AttemptOutcome } from '../../../server/src/domain/retry-policy.ts';

const failure = (retryAfterMs?: number): AttemptOutcome => ({
  kind: 'failure',
  reason: 'http_status',
  retryAfterMs,
  slowsEndpoint: false,
});

const policy = (random = 0): RetryPolicy => ({ scheduleMs: [5_000, 300_000], random: () => random });

describe('the next step after an attempt', () => {
  it('completes a delivery after a success', () => {
    expect(nextStep({ kind: 'success' }, 1, 0, policy())).toEqual({ kind: 'delivered' });
  });

  it('retries after the delay that the schedule has for this attempt', () => {
    expect(nextStep(failure(), 1, 1_000, policy())).toEqual({ kind: 'retry', at: 6_000 });
    expect(nextStep(failure(), 2, 1_000, policy())).toEqual({ kind: 'retry', at: 301_000 });
  });

  it('fails with a reason when the schedule is exhausted', () => {
    expect(nextStep(failure(), 3, 0, policy())).toEqual({
      kind: 'failed',
      reason: 'retries_exhausted',
      disable: undefined,
    });
  });

  it('fails at once and disables the webhook when the receiver is gone', () => {
    expect(nextStep({ kind: 'final', reason: 'gone', disable: 'gone' }, 1, 0, policy())).toEqual({
      kind: 'failed',
      reason: 'gone',
      disable: 'gone',
    });
  });

  it('never retries before the delay or Retry-After, and adds at most a fifth of the delay', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 }),
        fc.option(fc.integer({ min: 0, max: 86_400_000 }), { nil: undefined }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, retryAfterMs, random) => {
          const step = nextStep(failure(retryAfterMs), attempts, 0, policy(random));
          if (step.kind !== 'retry') throw new Error('the schedule has a delay here');
          const delayMs = attempts === 1 ? 5_000 : 300_000;
          expect(step.at).toBeGreaterThanOrEqual(Math.max(delayMs, retryAfterMs ?? 0));
          expect(step.at).toBeLessThanOrEqual(Math.max(delayMs * 1.2, retryAfterMs ?? 0) + 1);
        },
      ),
    );
  });
});
