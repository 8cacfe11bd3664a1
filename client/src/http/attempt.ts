import { isTocsinClientError, timeoutError, TocsinClientError, toErrorText } from '../errors.ts';
import type { FetchResponse } from '../fetch-like.ts';
import type { ClientConfig } from '../options.ts';
import { errorFromResponse, isRecord } from './error-response.ts';
import { linkedAbort } from './linked-abort.ts';
import { sendRequest, untilAborted, type ProcedureRequest } from './send-request.ts';
import { startTimer } from './timer.ts';
import { isUnsent } from './unsent.ts';

/** One attempt of a call. */
export interface AttemptRequest extends ProcedureRequest {
  readonly signal: AbortSignal | undefined;
  /**
   * When the call ends, in ms since 1970. The server stops work that nothing waits for.
   * @default after the time limit of the attempt
   */
  readonly expiresAt?: number | undefined;
}

/** The result of a procedure. */
export interface ProcedureResult {
  readonly data: unknown;
  readonly requestId: string | undefined;
}

/**
 * Calls a procedure once over tRPC's HTTP protocol: the input is JSON, the response `{result: {data}}`. The
 * protocol is small enough to implement here, and avoids the links of @trpc/client on the publish path.
 * Rejects only with `TocsinClientError`.
 */
export async function attempt(config: ClientConfig, request: AttemptRequest): Promise<ProcedureResult> {
  const { signal, expiresAt = Infinity, ...procedure } = request;
  const limitMs = config.attemptTimeoutMs;
  const deadline = linkedAbort(signal);
  const stopTimer = startTimer(() => deadline.abort(timeoutError(limitMs)), limitMs);
  try {
    const headers = toTimeoutHeader(Math.min(limitMs, expiresAt - Date.now()));
    const response = await sendRequest(config, { ...procedure, headers }, deadline.signal);
    const text = await untilAborted(response.text(), deadline.signal);
    return parseResult(text, response);
  } catch (cause) {
    throw toClientError(cause, deadline.signal);
  } finally {
    stopTimer();
    deadline.release();
  }
}

/** The header by which the server knows how long the client waits. None without a time limit. */
function toTimeoutHeader(leftMs: number): Record<string, string> {
  if (leftMs === Infinity) return {};
  return { 'tocsin-timeout-ms': String(Math.max(1, Math.floor(leftMs))) };
}

function parseResult(text: string, response: FetchResponse): ProcedureResult {
  const body = parseJson(text);
  if (!response.ok || (isRecord(body) && 'error' in body))
    throw errorFromResponse(body, response, Date.now());
  const result = isRecord(body) ? body['result'] : undefined;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (!isRecord(result)) {
    const message = `the response (status ${response.status}) is not from a Tocsin server; check the option url`;
    throw new TocsinClientError('BAD_RESPONSE', message, {
      retryable: false,
      httpStatus: response.status,
      requestId,
    });
  }
  return { data: result['data'], requestId };
}

/** Parses JSON. Returns undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Converts any failure of an attempt. The reason of an abort by the client takes precedence over fetch's
 * error.
 */
export function toClientError(cause: unknown, signal: AbortSignal): TocsinClientError {
  if (isTocsinClientError(cause)) return cause;
  if (signal.aborted && isTocsinClientError(signal.reason)) return signal.reason;
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  // The message of an error with several addresses is empty; its code is not.
  const reason = toErrorText(inner) || String((inner as { code?: unknown }).code);
  return new TocsinClientError('NETWORK', `cannot reach the server: ${reason}`, {
    retryable: true,
    wasSent: !isUnsent(cause),
    cause,
  });
}
