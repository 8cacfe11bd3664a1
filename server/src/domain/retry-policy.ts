import type { DeliveryReason, DisabledReason, AttemptReason } from '@tocsin/shared';

/** Gaps before attempts 2, 3, ...: Standard Webhooks' schedule. About 3.2 days in all: outlasts a weekend's outage. */
export const defaultRetrySchedule = '5s,5m,30m,2h,5h,10h,14h,20h,24h';

/** The latest that a receiver can ask us to come back. A larger wish is cut: nobody means a year. */
export const maxRetryAfterMs = 24 * 60 * 60 * 1000;

/** Up to a fifth is added to a gap, so that deliveries that failed together do not return together. */
const jitterShare = 0.2;

/** A judged attempt: what it means for the delivery and for its webhook. */
export type AttemptOutcome =
  | { readonly kind: 'success' }
  | {
      readonly kind: 'failure';
      readonly reason: AttemptReason;
      /** The receiver's wish, ms from now. */
      readonly retryAfterMs: number | undefined;
      /** 429, 502, 503, 504: the whole endpoint is slowed down, not only this delivery. */
      readonly slowsEndpoint: boolean;
    }
  | { readonly kind: 'final'; readonly reason: AttemptReason; readonly disable: DisabledReason };

export type NextStep =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly at: number }
  | {
      readonly kind: 'failed';
      readonly reason: DeliveryReason;
      readonly disable: DisabledReason | undefined;
    };

export interface RetryPolicy {
  readonly scheduleMs: readonly number[];
  /** 0 <= chance < 1. */
  readonly random: () => number;
}

/** What follows an attempt. `attemptsMade` counts this one. Never earlier than the receiver asked. */
export function nextStep(
  outcome: AttemptOutcome,
  attemptsMade: number,
  now: number,
  policy: RetryPolicy,
): NextStep {
  switch (outcome.kind) {
    case 'success':
      return { kind: 'delivered' };
    case 'final':
      return {
        kind: 'failed',
        reason: outcome.disable === 'gone' ? 'gone' : 'destination_removed',
        disable: outcome.disable,
      };
    case 'failure': {
      const gap = policy.scheduleMs[attemptsMade - 1];
      if (gap === undefined) return { kind: 'failed', reason: 'retries_exhausted', disable: undefined };
      const jittered = gap * (1 + policy.random() * jitterShare);
      return { kind: 'retry', at: Math.ceil(now + Math.max(jittered, outcome.retryAfterMs ?? 0)) };
    }
  }
}
