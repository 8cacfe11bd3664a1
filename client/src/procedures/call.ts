import type { CallOptions } from '../call-options.ts';
import { toAbortError, closedError, timeoutError, type TocsinClientError } from '../errors.ts';
import { attempt } from '../http/attempt.ts';
import { toJsonText } from '../http/json-text.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { withRetries } from '../http/retry.ts';
import type { ClientConfig } from '../options.ts';

/** Queries change nothing and can always be retried. Mutations cannot. */
type CallKind = 'query' | 'mutation';

/** Calls a procedure with retries and within the time limits. Rejects only with `TocsinClientError`. */
export type CallProcedure = (
  path: string,
  kind: CallKind,
  input: unknown,
  options?: CallOptions,
) => Promise<unknown>;

/** Returns the function that calls procedures. It checks `isClosed` at every call. */
export function createCall(config: ClientConfig, isClosed: () => boolean): CallProcedure {
  return async (path, kind, input, options = {}) => {
    if (isClosed()) throw closedError();
    const text = input === undefined ? undefined : toJsonText(input, 'the input');
    if (text instanceof Error) throw text;
    const expiresAt = Date.now() + config.timeoutMs;
    const overall = linkedAbort(options.signal);
    if (overall.signal.aborted) throw toAbortError(overall.signal.reason);
    const timer = setTimeout(() => overall.abort(timeoutError(config.timeoutMs)), config.timeoutMs);
    const request = {
      path,
      method: kind === 'query' ? ('GET' as const) : ('POST' as const),
      input: text,
      traceparent: config.traceparent(),
      signal: overall.signal,
    };
    const isRetryable = kind === 'query' ? (error: TocsinClientError) => error.retryable : hadNoEffect;
    try {
      const plan = { call: path, isRetryable, deadline: () => expiresAt, signal: overall.signal };
      const { data } = await withRetries(config, plan, () => attempt(config, request));
      return data;
    } finally {
      clearTimeout(timer);
      overall.release();
    }
  };
}

/**
 * Only 429 and 503 guarantee that the call had no effect. A retry after a lost connection or a 502 might, for
 * example, create a second webhook.
 */
function hadNoEffect(error: TocsinClientError): boolean {
  return error.httpStatus === 429 || error.httpStatus === 503;
}
