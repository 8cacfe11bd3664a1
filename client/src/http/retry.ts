import pRetry from 'p-retry';
import { asAbortError, isTocsinClientError, type TocsinClientError } from '../errors.ts';
import type { ClientConfig } from '../options.ts';
import { retryDelayMs } from './retry-delay.ts';

/** What may be tried again, how long, and what it is called in the log. */
export interface RetryPlan {
  readonly what: string;
  readonly isRetryable: (error: TocsinClientError) => boolean;
  /** When all of it must be over, epoch ms. */
  readonly deadline: () => number;
  readonly signal: AbortSignal;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or there is no time for another one. The waits are ours and not
 * p-retry's, which knows no `Retry-After`. Rejects with the last attempt's error.
 */
export async function withRetries<T>(
  config: ClientConfig,
  plan: RetryPlan,
  attempt: () => Promise<T>,
): Promise<T> {
  const { retries, baseDelayMs, maxDelayMs } = config.retry;
  return pRetry(attempt, {
    retries,
    minTimeout: 0,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (!isTocsinClientError(error) || !plan.isRetryable(error) || retriesLeft === 0) throw error;
      const { retryAfterMs, code } = error;
      const random = Math.random();
      const waitMs = retryDelayMs({ failures: attemptNumber, retryAfterMs, baseDelayMs, maxDelayMs, random });
      // A wait that ends after the deadline helps nobody: the caller learns now why it failed.
      if (Date.now() + waitMs >= plan.deadline()) throw error;
      config.log.warn(
        { call: plan.what, code, attempt: attemptNumber, waitMs: Math.round(waitMs) },
        'trying again',
      );
      await sleep(waitMs, plan.signal);
    },
  });
}

/** Resolves after a time; rejects with ABORTED, or the signal's own error of ours, as soon as the signal says so. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      clearTimeout(timer);
      reject(asAbortError(signal.reason));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', fail);
      resolve();
    }, ms);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
