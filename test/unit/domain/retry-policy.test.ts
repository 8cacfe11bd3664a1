import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultRetrySchedule,
  maxRetryAfterMs,
  nextStep,
  type RetryPolicy,
  type AttemptOutcome,
} from '../../../server/src/domain/retry-policy.ts';

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

describe('the jitter of a retry', () => {
  it.each([
    [0, 5_000],
    [0.25, 5_250],
    [0.5, 5_500],
    [0.999, 5_999],
  ])('adds, for the random number %d, up to a fifth: %i ms', (random, delayMs) => {
    expect(nextStep(failure(), 1, 1_000_000, policy(random))).toEqual({
      kind: 'retry',
      at: 1_000_000 + delayMs,
    });
  });

  it('spreads deliveries that failed together over the whole fifth', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
        const step = nextStep(failure(), 2, 0, policy(random));
        if (step.kind !== 'retry') throw new Error('the schedule has a gap here');
        expect(step.at).toBeGreaterThanOrEqual(300_000 + random * 60_000 - 1);
        expect(step.at).toBeLessThanOrEqual(300_000 + random * 60_000 + 1);
      }),
    );
  });

  it('is not added to the time that the receiver asked for', () => {
    expect(nextStep(failure(60_000), 1, 1_000_000, policy(0.999))).toEqual({ kind: 'retry', at: 1_060_000 });
  });

  it('yields whole milliseconds, rounded up', () => {
    expect(nextStep(failure(), 1, 0, policy(0.000_1))).toEqual({ kind: 'retry', at: 5_001 });
    expect(nextStep(failure(60_000.2), 1, 0, policy())).toEqual({ kind: 'retry', at: 60_001 });
  });
});

it.each(['destination_removed', 'gone'] as const)('a final %s is the reason of the delivery', (disable) => {
  expect(nextStep({ kind: 'final', reason: 'http_status', disable }, 1, 0, policy())).toEqual({
    kind: 'failed',
    reason: disable,
    disable,
  });
});

it('a receiver can ask for at most a day, and the default schedule is that of Standard Webhooks', () => {
  expect(maxRetryAfterMs).toBe(86_400_000);
  expect(defaultRetrySchedule).toBe('5s,5m,30m,2h,5h,10h,14h,20h,24h');
});
