import type { CallOptions } from '../call-options.ts';
import type { CallsInFlight } from '../calls-in-flight.ts';
import { closedError, timeoutError, toAbortError, toCallError, type TocsinClientError } from '../errors.ts';
import { attempt } from '../http/attempt.ts';
import { isRecord } from '../http/error-response.ts';
import { toJsonText } from '../http/json-text.ts';
import { linkedAbort, type LinkedAbort } from '../http/linked-abort.ts';
import { withRetries } from '../http/retry.ts';
import { startTimer } from '../http/timer.ts';
import type { ClientConfig } from '../options.ts';
import { keyedMutations } from './keyed-mutations.ts';

/** Queries change nothing and can always be retried. Mutations can if they have an idempotency key. */
type CallKind = 'query' | 'mutation';

/** Calls a procedure with retries and within the time limits. Rejects only with `TocsinClientError`. */
export type CallProcedure = (
  path: string,
  kind: CallKind,
  input: unknown,
  options?: CallOptions,
) => Promise<unknown>;

/** A call whose arguments have been read. */
interface PreparedCall {
  readonly path: string;
  readonly kind: CallKind;
  /** The input as JSON. Every attempt sends the same text and thus the same idempotency key. */
  readonly text: string | undefined;
  readonly isRetryable: (error: TocsinClientError) => boolean;
  readonly traceparent: string | undefined;
}

/** Returns the function that calls procedures. */
export function createCall(config: ClientConfig, calls: CallsInFlight): CallProcedure {
  return async (path, kind, input, options) => {
    // Before the arguments are read, so that a closed client says so, whatever it is given.
    if (calls.closing.aborted) throw closedError(false);
    const { call, overall } = prepare(config, { path, kind, input, options });
    const stopTimer = startTimer(() => overall.abort(timeoutError(config.timeoutMs)), config.timeoutMs);
    try {
      return await calls.run(() => execute(config, call, overall.signal), overall.abort);
    } finally {
      stopTimer();
      overall.release();
    }
  };
}

/** Reads the arguments of a call. Starts nothing that a failure would leave behind. */
function prepare(
  config: ClientConfig,
  {
    path,
    kind,
    input,
    options,
  }: {
    readonly path: string;
    readonly kind: CallKind;
    readonly input: unknown;
    readonly options: CallOptions | undefined;
  },
): { readonly call: PreparedCall; readonly overall: LinkedAbort } {
  try {
    const isKeyed = kind === 'mutation' && keyedMutations.some((keyed) => keyed === path);
    const sent = isKeyed ? withIdempotencyKey(input) : input;
    const text = sent === undefined ? undefined : toJsonText(sent, 'the input');
    if (text instanceof Error) throw text;
    const overall = linkedAbort(options?.signal);
    if (overall.signal.aborted) throw toAbortError(overall.signal.reason);
    const hasOwnKey = isKeyed && isRecord(input) && input['idempotencyKey'] !== undefined;
    const isRetryable = kind === 'query' || hasOwnKey ? isTemporary : isKeyed ? canRepeatKeyed : canRepeat;
    return { call: { path, kind, text, isRetryable, traceparent: config.traceparent() }, overall };
  } catch (cause) {
    throw toCallError(cause);
  }
}

/** Adds the key that makes the retries of a mutation safe, unless the caller has set one. */
export function withIdempotencyKey(input: unknown): unknown {
  if (!isRecord(input)) return input;
  return { ...input, idempotencyKey: input['idempotencyKey'] ?? crypto.randomUUID() };
}

async function execute(config: ClientConfig, call: PreparedCall, signal: AbortSignal): Promise<unknown> {
  const { path, kind, text, isRetryable, traceparent } = call;
  const expiresAt = Date.now() + config.timeoutMs;
  const request = {
    path,
    method: kind === 'query' ? ('GET' as const) : ('POST' as const),
    input: text,
    traceparent,
    signal,
    expiresAt,
  };
  const plan = {
    call: path,
    isRetryable,
    deadline: () => expiresAt,
    signal,
  };
  const { data } = await withRetries(config, plan, () => attempt(config, request));
  return data;
}

function isTemporary({ retryable }: TocsinClientError): boolean {
  return retryable;
}

/**
 * Whether a mutation without a key may be repeated: the server says so in its own words, or the request was
 * not sent. The status alone does not suffice, because a proxy sends 502, 503 and 504 also for calls that took
 * effect.
 */
function canRepeat({ retryable, serverCode, wasSent }: TocsinClientError): boolean {
  return retryable && (serverCode !== undefined || !wasSent);
}

/**
 * Whether a mutation with a key of the client may be repeated: also without any response. The error of a proxy
 * is left to the caller, because the proxy may lead to something other than a server that knows keys.
 */
function canRepeatKeyed(error: TocsinClientError): boolean {
  return canRepeat(error) || (error.retryable && error.httpStatus === undefined);
}
