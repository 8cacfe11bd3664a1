import type { TocsinClientError } from '../errors.ts';
import { retryDelayMs } from '../http/retry-delay.ts';
import type { ClientConfig } from '../options.ts';

/** Decides whether and when a subscription reconnects. */
export interface ReconnectPolicy {
  /** Called for each message. */
  readonly recordMessage: () => void;
  /** Called with the error that ended a connection. Returns undefined if the error is permanent. */
  readonly recordFailure: (error: TocsinClientError) => Backoff | undefined;
}

/** A delay before the next attempt. */
export interface Backoff {
  /** Number of consecutive failures. */
  readonly failures: number;
  readonly waitMs: number;
  /** Number of consecutive connections without any message. */
  readonly unreached: number;
}

/**
 * A connection whose messages span this time is healthy: the next failure is the first one. The messages that the
 * server sends immediately prove nothing.
 */
const healthyMs = 5_000;

/** A longer `Retry-After` is more likely a mistake than a plan. */
const maxRetryAfterMs = 300_000;

/** Creates the policy of one subscription: exponential backoff with full jitter. */
export function createReconnectPolicy({ baseDelayMs, maxDelayMs }: ClientConfig['retry']): ReconnectPolicy {
  let failures = 0;
  let unreached = 0;
  let firstMessageAt: number | undefined;
  return {
    recordMessage: () => {
      const now = performance.now();
      firstMessageAt ??= now;
      unreached = 0;
      if (now - firstMessageAt >= healthyMs) failures = 0;
    },
    recordFailure: (error) => {
      const wasReached = firstMessageAt !== undefined;
      firstMessageAt = undefined;
      // The server ends a stream whose key was rotated. The function `token` may have the new one.
      const mayBeRotated = error.code === 'UNAUTHENTICATED' && wasReached && failures === 0;
      if (!error.retryable && !mayBeRotated) return undefined;
      failures++;
      unreached++;
      const waitMs = retryDelayMs({
        failures,
        // A negative one would be a timer that ends at once.
        retryAfterMs: Math.min(Math.max(error.retryAfterMs ?? 0, 0), maxRetryAfterMs),
        // Zero would not grow.
        baseDelayMs: Math.max(baseDelayMs, 1),
        maxDelayMs,
        random: Math.random(),
      });
      return { failures, unreached, waitMs };
    },
  };
}
