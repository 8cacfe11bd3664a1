import type { DeliveryReason, DisabledReason, AttemptReason } from '@tocsin/shared';

/**
 * Delays before attempts 2, 3 and so on: the schedule of Standard Webhooks. Its total of about three days
 * outlasts an outage over a weekend.
 */
export const defaultRetrySchedule = '5s,5m,30m,2h,5h,10h,14h,20h,24h';

/** Upper limit of a receiver's `Retry-After`. A larger value is reduced: it is most likely a mistake. */
export const maxRetryAfterMs = 24 * 60 * 60 * 1000;

/**
 * Jitter: the largest share added to a delay, so that deliveries that failed together do not retry together.
 */
const jitterShare = 0.2;

/** A classified attempt: its meaning for the delivery and for the webhook. */
export type AttemptOutcome =
  | { readonly kind: 'success' }
  | {
      readonly kind: 'failure';
      readonly reason: AttemptReason;
      /** The receiver's `Retry-After`, ms from now. */
      readonly retryAfterMs: number | undefined;
      /** Whether the whole endpoint slows down, not only this delivery: after 429, 502, 503 and 504. */
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
  /** 0 <= random() < 1. */
  readonly random: () => number;
}

/**
 * Decides what follows an attempt. Retries use backoff with jitter, and never come earlier than the receiver
 * asked. A delivery without retries left fails: it becomes a dead letter.
 *
 * @param attemptsMade attempts so far, with this one
 */
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
      const delayMs = policy.scheduleMs[attemptsMade - 1];
      if (delayMs === undefined) return { kind: 'failed', reason: 'retries_exhausted', disable: undefined };
      const jitteredMs = delayMs * (1 + policy.random() * jitterShare);
      return { kind: 'retry', at: Math.ceil(now + Math.max(jitteredMs, outcome.retryAfterMs ?? 0)) };
    }
  }
}
