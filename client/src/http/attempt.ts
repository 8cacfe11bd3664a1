import { isTocsinClientError, timeoutError, TocsinClientError } from '../errors.ts';
import type { FetchResponse } from '../fetch-like.ts';
import type { ClientConfig } from '../options.ts';
import { errorFromResponse, isRecord } from './error-response.ts';
import { linkedAbort } from './linked-abort.ts';

/** One HTTP request to one procedure. */
export interface ProcedureRequest {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** The input as JSON text; undefined for none. */
  readonly input: string | undefined;
  readonly traceparent: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What a procedure answered. */
export interface ProcedureAnswer {
  readonly data: unknown;
  readonly requestId: string | undefined;
}

/**
 * Makes one attempt at one procedure over tRPC's HTTP form: the input as JSON, the answer as `{result: {data}}`.
 * Written out here because it is a page, and because the publish path spends its time on events and not on links.
 * Rejects only with TocsinClientError.
 */
export async function attempt(config: ClientConfig, request: ProcedureRequest): Promise<ProcedureAnswer> {
  const deadline = linkedAbort(request.signal);
  const timer = setTimeout(
    () => deadline.abort(timeoutError(config.attemptTimeoutMs)),
    config.attemptTimeoutMs,
  );
  try {
    const response = await open(config, request, deadline.signal);
    const text = await response.text();
    return decode(text, response);
  } catch (cause) {
    throw asClientError(cause, deadline.signal);
  } finally {
    clearTimeout(timer);
    deadline.release();
  }
}

/** Sends the request; resolves when the headers are there. */
export function open(
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

function decode(text: string, response: FetchResponse): ProcedureAnswer {
  const body = parseJson(text);
  if (!response.ok || (isRecord(body) && 'error' in body))
    throw errorFromResponse(body, response, Date.now());
  const result = isRecord(body) ? body['result'] : undefined;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (!isRecord(result)) {
    const message = 'the answer is not one of Tocsin’s; is the url right?';
    throw new TocsinClientError('BAD_RESPONSE', message, {
      retryable: false,
      httpStatus: response.status,
      requestId,
    });
  }
  return { data: result['data'], requestId };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whatever an attempt failed with, as one of ours. The reason of our own abort comes before fetch's words for it. */
export function asClientError(cause: unknown, signal: AbortSignal): TocsinClientError {
  if (isTocsinClientError(cause)) return cause;
  if (signal.aborted && isTocsinClientError(signal.reason)) return signal.reason;
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new TocsinClientError('NETWORK', `the server cannot be reached: ${reason}`, {
    retryable: true,
    cause,
  });
}
