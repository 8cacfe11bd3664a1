import { isTocsinClientError, toAbortError, timeoutError, TocsinClientError } from '../errors.ts';
import type { FetchLike, FetchResponse } from '../fetch-like.ts';
import { parseJson, sendRequest, toClientError } from '../http/attempt.ts';
import { errorFromResponse, isRecord } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import type { ClientConfig } from '../options.ts';
import { SseParser, type SseMessage } from './sse-parser.ts';
import { withinLimit } from './within-limit.ts';

/** Ten times the size of the largest event that the server accepts. */
const maxMessageChars = 2_000_000;

/** The server's errors are far smaller. */
const maxErrorChars = 65_536;

/** One connection of a subscription. */
export interface StreamRequest {
  readonly path: string;
  readonly input: string;
  /** Returns the maximum time without data, pings included, in ms. Called before each read. */
  readonly idleTimeoutMs: () => number;
  /** Called with the headers of the request. An error that it throws prevents the request. */
  readonly onSend: (headers: Readonly<Record<string, string>>) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens a connection and yields its messages. Reads only when the consumer asks for more, so a slow consumer
 * slows down the server instead of filling memory (backpressure). Throws only `TocsinClientError`.
 */
export async function* readStream(config: ClientConfig, request: StreamRequest): AsyncGenerator<SseMessage> {
  const connection = linkedAbort(request.signal);
  try {
    yield* readMessages(config, request, connection.signal, connection.abort);
  } catch (cause) {
    throw toClientError(cause, connection.signal);
  } finally {
    connection.release();
    // Also ends the request if the consumer stops in the middle of the stream.
    connection.abort(toAbortError(undefined));
  }
}

async function* readMessages(
  config: ClientConfig,
  request: StreamRequest,
  signal: AbortSignal,
  abort: (reason: unknown) => void,
): AsyncGenerator<SseMessage> {
  const within = <T>(limitMs: number, wait: Promise<T>): Promise<T> =>
    withinLimit(wait, { limitMs, signal, onLimit: () => abort(timeoutError(limitMs)) });
  const response = await within(config.attemptTimeoutMs, open(config, request, signal));
  const type = response.headers.get('content-type');
  if (!response.ok || response.body === null || !/^\s*text\/event-stream\s*(;|$)/i.test(type ?? '')) {
    throw toRefusal(await within(config.attemptTimeoutMs, readError(response)), response);
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser(maxMessageChars);
  try {
    for (;;) {
      const { done, value } = await within(request.idleTimeoutMs(), reader.read());
      if (done) return;
      yield* parse(parser, decoder.decode(value, { stream: true }));
    }
  } finally {
    // An implementation of fetch may not end the body when the signal aborts.
    reader.cancel().catch(() => undefined);
  }
}

/** Sends the request. A failure of the caller's own functions is permanent. */
async function open(
  config: ClientConfig,
  { path, input, onSend }: StreamRequest,
  signal: AbortSignal,
): Promise<FetchResponse> {
  let isSending = false;
  const fetch: FetchLike = (url, init) => {
    onSend(init.headers);
    isSending = true;
    return config.fetch(url, init);
  };
  const headers = { accept: 'text/event-stream' };
  try {
    const traceparent = config.traceparent();
    const call = { path, method: 'GET' as const, input, traceparent, headers };
    const response = await sendRequest({ ...config, fetch }, call, signal);
    // An implementation of fetch may resolve after the signal has aborted.
    if (signal.aborted) response.body?.cancel().catch(() => undefined);
    return response;
  } catch (cause) {
    if (isSending || isTocsinClientError(cause)) throw cause;
    const message = 'the option token or traceparent failed, so no request was sent';
    throw new TocsinClientError('UNAUTHENTICATED', message, { retryable: false, cause });
  }
}

/** Reads the begin of a body, which is not a stream of events. */
async function readError(response: FetchResponse): Promise<string> {
  if (response.body === null) return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length <= maxErrorChars) continue;
    reader.cancel().catch(() => undefined);
    return text;
  }
}

/** Creates the error of a response that is not a stream of events. */
function toRefusal(text: string, response: FetchResponse): TocsinClientError {
  const body = parseJson(text);
  if (!response.ok || (isRecord(body) && 'error' in body)) {
    return errorFromResponse(body, response, Date.now());
  }
  const type = response.headers.get('content-type') ?? 'none';
  const found = `status ${response.status}, content-type ${type.slice(0, 100)}`;
  return new TocsinClientError(
    'BAD_RESPONSE',
    `the response (${found}) is not an event stream of a Tocsin server; check the option url`,
    { retryable: false, httpStatus: response.status },
  );
}

function parse(parser: SseParser, text: string): SseMessage[] {
  try {
    return parser.push(text);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TocsinClientError('BAD_RESPONSE', cause.message, { retryable: false, cause });
  }
}
