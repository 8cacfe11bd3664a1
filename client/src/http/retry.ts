import { isTocsinClientError, type TocsinClientError } from '../errors.ts';
import type { ClientConfig } from '../options.ts';
import { lastWaitMs, retryDelayMs } from './retry-delay.ts';
import { untilAborted } from './send-request.ts';
import { startTimer } from './timer.ts';

/** Which errors are retried, and for how long. */
export interface RetryPlan {
  /** Name of the call in the log. */
  readonly call: string;
  readonly isRetryable: (error: TocsinClientError) => boolean;
  /** Returns the time at which the call must have ended, in ms since 1970. */
  readonly deadline: () => number;
  readonly signal: AbortSignal;
}

/**
 * Runs `attempt` until it succeeds, fails permanently, or no time is left for another attempt. Rejects with
 * the error of the last attempt. A delay beyond the deadline is cut short once, for a last attempt before it.
 * Needs no library: the delays depend on `Retry-After`, and the rest is a loop.
 */
export async function withRetries<T>(
  config: ClientConfig,
  plan: RetryPlan,
  attempt: () => Promise<T>,
): Promise<T> {
  let isLastTry = false;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTocsinClientError(error) || !plan.isRetryable(error) || failures > config.retry.retries)
        throw error;
      const { retryAfterMs, code } = error;
      const delayMs = retryDelayMs({ ...config.retry, failures, retryAfterMs, random: Math.random() });
      const leftMs = plan.deadline() - Date.now();
      const isTooLong = delayMs >= leftMs;
      // The last attempt was made, so the call fails now with its real cause.
      if (isTooLong && (isLastTry || leftMs <= 0)) throw error;
      isLastTry = isTooLong;
      const waitMs = isTooLong ? lastWaitMs(leftMs, config.attemptTimeoutMs) : delayMs;
      config.log.warn(
        { call: plan.call, code, attempt: failures, waitMs: Math.round(waitMs) },
        'call failed; retrying',
      );
      await sleep(waitMs, plan.signal);
    }
  }
}

/**
 * Resolves after `ms`. Rejects with the reason of the signal as soon as it aborts, which a `linkedAbort` makes a
 * `TocsinClientError`.
 */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let stopTimer = (): void => undefined;
  const elapsed = new Promise<void>((resolve) => {
    stopTimer = startTimer(resolve, ms);
  });
  try {
    await untilAborted(elapsed, signal);
  } finally {
    stopTimer();
  }
}
