import { isTocsinClientError, timeoutError, TocsinClientError } from '../errors.ts';
import type { FetchResponse } from '../fetch-like.ts';
import type { ClientConfig } from '../options.ts';
import { errorFromResponse, isRecord } from './error-response.ts';
import { linkedAbort } from './linked-abort.ts';

/** One HTTP request to one procedure. */
export interface ProcedureRequest {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** The input as JSON text. Undefined if there is none. */
  readonly input: string | undefined;
  readonly traceparent: string | undefined;
  readonly signal: AbortSignal | undefined;
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
export async function attempt(config: ClientConfig, request: ProcedureRequest): Promise<ProcedureResult> {
  const deadline = linkedAbort(request.signal);
  const timer = setTimeout(
    () => deadline.abort(timeoutError(config.attemptTimeoutMs)),
    config.attemptTimeoutMs,
  );
  try {
    const response = await sendRequest(config, request, deadline.signal);
    const text = await response.text();
    return parseResult(text, response);
  } catch (cause) {
    throw toClientError(cause, deadline.signal);
  } finally {
    clearTimeout(timer);
    deadline.release();
  }
}

/** Sends a request. Resolves when the response headers have arrived. */
export function sendRequest(
  config: ClientConfig,
  request: Omit<ProcedureRequest, 'signal'> & { readonly headers?: Record<string, string> },
  signal: AbortSignal,
): Promise<FetchResponse> {
  const { path, method, input } = request;
  const headers: Record<string, string> = { authorization: `Bearer ${config.token()}`, ...request.headers };
  if (request.traceparent !== undefined) headers['traceparent'] = request.traceparent;
  if (method === 'GET') {
    const query = input === undefined ? '' : `?input=${encodeURIComponent(input)}`;
    return config.fetch(`${config.baseUrl}/${path}${query}`, { method, headers, signal });
  }
  headers['content-type'] = 'application/json';
  const body = input === undefined ? {} : { body: input };
  return config.fetch(`${config.baseUrl}/${path}`, { method, headers, signal, ...body });
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
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new TocsinClientError('NETWORK', `cannot reach the server: ${reason}`, {
    retryable: true,
    cause,
  });
}
