import { isTocsinClientError } from '../errors.ts';
import { sleep } from '../http/retry.ts';
import type { ClientConfig } from '../options.ts';
import { createReconnectPolicy } from '../subscribe/reconnect-policy.ts';
import type { FeedConsumerOptions } from './types.ts';

/** What is retried, and who observes it. */
export interface KeepTrying {
  /** Name of the call in the log. */
  readonly call: string;
  readonly signal: AbortSignal;
  readonly onRetry: FeedConsumerOptions['onRetry'];
}

/**
 * Runs `attempt` until it succeeds, for as long as its failures may be temporary.
 *
 * @throws TocsinClientError for a permanent failure, or if the signal aborts
 */
export async function keepTrying<T>(
  config: ClientConfig,
  { call, signal, onRetry }: KeepTrying,
  attempt: () => Promise<T>,
): Promise<T> {
  const policy = createReconnectPolicy(config.retry);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTocsinClientError(error) || signal.aborted) throw error;
      const next = policy.recordFailure(error);
      if (next === undefined) throw error;
      const { failures, waitMs } = next;
      const { code, message: reason } = error;
      config.log.warn(
        { call, code, reason, failures, waitMs: Math.round(waitMs) },
        'consumer failed; retrying',
      );
      try {
        onRetry?.({ error, failures, waitMs });
      } catch {
        // An error of the observer does not end the consumer.
      }
      await sleep(waitMs, signal);
    }
  }
}
