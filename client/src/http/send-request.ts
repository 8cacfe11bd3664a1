import { TocsinClientError } from '../errors.ts';
import type { FetchResponse } from '../fetch-like.ts';
import type { ClientConfig } from '../options.ts';
import { onAbort } from './on-abort.ts';

/** One HTTP request to one procedure. */
export interface ProcedureRequest {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** The input as JSON text. Undefined if there is none. */
  readonly input: string | undefined;
  readonly traceparent: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends a request. Resolves when the response headers have arrived. After a 401, it asks for the token again
 * and repeats the request once if there is another one, because a key may have been rotated meanwhile.
 */
export async function sendRequest(
  config: ClientConfig,
  request: ProcedureRequest,
  signal: AbortSignal,
): Promise<FetchResponse> {
  const token = await readToken(config, signal);
  const response = await send(config, request, token, signal);
  if (response.status === 401) {
    const next = await readToken(config, signal).catch(() => token);
    if (next === token) return response;
    discard(response);
    return requireNoRedirect(await send(config, request, next, signal), config.baseUrl);
  }
  return requireNoRedirect(response, config.baseUrl);
}

/** Waits for a promise until the signal aborts, because a `fetch` of the caller may ignore its signal. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let release = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    // `as`: the signals of the client abort with errors only.
    const fail = () => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else release = onAbort(signal, fail);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    release();
  }
}

async function readToken({ token }: ClientConfig, signal: AbortSignal): Promise<string> {
  let text: unknown;
  try {
    text = await untilAborted(Promise.resolve(token()), signal);
  } catch (cause) {
    if (signal.aborted) throw cause;
    // Without the text of the cause, which may name the credentials of a vault.
    throw tokenError('the option token threw an error, which is the cause of this one', cause);
  }
  const trimmed = typeof text === 'string' ? text.trim() : '';
  if (trimmed === '') throw tokenError('the option token must return an API key (tsk_...), not nothing');
  // Visible ASCII. Other characters fail in `fetch`, whose message would contain the token.
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw tokenError('the option token has a line end, a space or another character that no API key has');
}

function tokenError(message: string, cause?: unknown): TocsinClientError {
  return new TocsinClientError('TOKEN_UNAVAILABLE', message, { retryable: false, wasSent: false, cause });
}

async function send(
  { baseUrl, fetch, userAgent }: ClientConfig,
  { path, method, input, traceparent, ...request }: ProcedureRequest,
  token: string,
  signal: AbortSignal,
): Promise<FetchResponse> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...request.headers };
  if (userAgent !== undefined) headers['user-agent'] = userAgent;
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  const isQuery = method === 'GET';
  const query = isQuery && input !== undefined ? `?input=${encodeURIComponent(input)}` : '';
  if (!isQuery) headers['content-type'] = 'application/json';
  const body = isQuery || input === undefined ? {} : { body: input };
  const init = { method, headers, signal, redirect: 'manual' as const, ...body };
  return await untilAborted(fetch(`${baseUrl}/${path}${query}`, init), signal);
}

/**
 * Rejects a redirect. Following one would send the token to another server and turn a mutation into a query.
 */
function requireNoRedirect(response: FetchResponse, baseUrl: string): FetchResponse {
  const { status } = response;
  // Browsers hide a redirect behind the status 0.
  if (status !== 0 && (status < 300 || status > 399)) return response;
  discard(response);
  const target = findOrigin(response.headers.get('location'), baseUrl);
  const where = target === undefined ? '' : ` to ${target}`;
  const message = `the server redirects${where} (status ${status}), which the client does not follow; set the option url to the final address`;
  throw new TocsinClientError('BAD_RESPONSE', message, { retryable: false, httpStatus: status });
}

/** Without path and query, which may have a credential. */
function findOrigin(location: string | null, baseUrl: string): string | undefined {
  try {
    return location === null ? undefined : new URL(location, baseUrl).origin;
  } catch {
    return undefined;
  }
}

/** Frees the connection of a response that is not read. */
function discard(response: FetchResponse): void {
  try {
    response.body?.cancel().catch(() => undefined);
  } catch {
    // A double of `fetch` may have a body of another kind, which holds no connection.
  }
}
