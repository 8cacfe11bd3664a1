import type { TocsinClientError } from '../errors.ts';
import { retryDelayMs } from '../http/retry-delay.ts';
import type { ClientConfig } from '../options.ts';
import { maxTimerMs } from './within-limit.ts';

/** What follows a failure: nothing, an attempt with the present credentials at once, or one after a delay. */
export type NextAttempt = 'none' | 'with-new-credentials' | Backoff;

/** A delay before the next attempt. */
export interface Backoff {
  /** Number of consecutive failures. */
  readonly failures: number;
  readonly waitMs: number;
  /** Number of consecutive connections without any message. */
  readonly unreached: number;
}

/** Decides whether and when a subscription reconnects. */
export interface ReconnectPolicy {
  /** Called for each message. */
  readonly recordMessage: () => void;
  /** Called with the error that ended a connection. */
  readonly recordFailure: (error: TocsinClientError) => NextAttempt;
  /**
   * Called with the headers of each request.
   *
   * @throws TocsinClientError the error of the last connection, if the server has rejected these credentials
   */
  readonly checkCredentials: (headers: Readonly<Record<string, string>>) => void;
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
  let authorization: string | undefined;
  let rejected: { readonly authorization: string; readonly error: TocsinClientError } | undefined;

  const recordMessage = () => {
    const now = performance.now();
    unreached = 0;
    firstMessageAt ??= now;
    if (now - firstMessageAt < healthyMs) return;
    failures = 0;
    rejected = undefined;
  };
  return {
    recordMessage,
    recordFailure: (error) => {
      firstMessageAt = undefined;
      if (error.code === 'UNAUTHENTICATED' && authorization !== undefined && rejected === undefined) {
        // The key may have been rotated, so a new one of the function `token` gets one attempt.
        rejected = { authorization, error };
        return 'with-new-credentials';
      }
      if (!error.retryable) return 'none';
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
      return { failures, unreached, waitMs: Math.min(waitMs, maxTimerMs) };
    },
    checkCredentials: (headers) => {
      authorization = headers['authorization'];
      if (rejected !== undefined && rejected.authorization === authorization) throw rejected.error;
    },
  };
}
