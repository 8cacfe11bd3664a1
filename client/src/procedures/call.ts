import type { CallOptions } from '../call-options.ts';
import { asAbortError, closedError, timeoutError, type TocsinClientError } from '../errors.ts';
import { attempt } from '../http/attempt.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { withRetries } from '../http/retry.ts';
import type { ClientConfig } from '../options.ts';

/** How a procedure is called: queries change nothing and may be repeated at will, mutations may not. */
export type CallKind = 'query' | 'mutation';

/** Calls one procedure, with retries and within the time limits. Rejects only with TocsinClientError. */
export type CallProcedure = (
  path: string,
  kind: CallKind,
  input: unknown,
  options?: CallOptions,
) => Promise<unknown>;

/** `isClosed` is asked at each call. */
export function createCall(config: ClientConfig, isClosed: () => boolean): CallProcedure {
  return async (path, kind, input, options = {}) => {
    if (isClosed()) throw closedError();
    const expiresAt = Date.now() + config.timeoutMs;
    const overall = linkedAbort(options.signal);
    if (overall.signal.aborted) throw asAbortError(overall.signal.reason);
    const timer = setTimeout(() => overall.abort(timeoutError(config.timeoutMs)), config.timeoutMs);
    const request = {
      path,
      method: kind === 'query' ? ('GET' as const) : ('POST' as const),
      input: JSON.stringify(input),
      traceparent: config.traceparent(),
      signal: overall.signal,
    };
    const isRetryable = kind === 'query' ? (error: TocsinClientError) => error.retryable : wasNotCarriedOut;
    try {
      const plan = { what: path, isRetryable, deadline: () => expiresAt, signal: overall.signal };
      const { data } = await withRetries(config, plan, () => attempt(config, request));
      return data;
    } finally {
      clearTimeout(timer);
      overall.release();
    }
  };
}

/** Only these two say that nothing happened. After a lost connection or a 502, a second webhook might be created. */
function wasNotCarriedOut(error: TocsinClientError): boolean {
  return error.httpStatus === 429 || error.httpStatus === 503;
}
