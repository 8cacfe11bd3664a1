import { toAbortError, timeoutError, TocsinClientError } from '../errors.ts';
import type { FetchResponse } from '../fetch-like.ts';
import { parseJson, toClientError } from '../http/attempt.ts';
import { errorFromResponse, isRecord } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { sendRequest, untilAborted } from '../http/send-request.ts';
import { startTimer } from '../http/timer.ts';
import type { ClientConfig } from '../options.ts';
import { SseParser, type SseMessage } from './sse-parser.ts';

/** Ten times the size of the largest event that the server accepts. */
const maxMessageChars = 2_000_000;

/** One connection of a subscription. */
export interface StreamRequest {
  readonly path: string;
  readonly input: string;
  /** Returns the maximum time without data, pings included, in ms. Called before each read. */
  readonly idleTimeoutMs: () => number;
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
  { path, input, idleTimeoutMs }: StreamRequest,
  signal: AbortSignal,
  abort: (reason: unknown) => void,
): AsyncGenerator<SseMessage> {
  const within = async <T>(limitMs: number, wait: Promise<T>): Promise<T> => {
    const stopTimer = startTimer(() => abort(timeoutError(limitMs)), limitMs);
    try {
      return await untilAborted(wait, signal);
    } finally {
      stopTimer();
    }
  };
  const headers = { accept: 'text/event-stream' };
  const traceparent = config.traceparent();
  const opening = sendRequest(config, { path, method: 'GET', input, traceparent, headers }, signal);
  const response = await within(config.attemptTimeoutMs, opening);
  if (!isEventStream(response)) {
    // Errors of the server are JSON. A web page is not read, because it may be large or never end.
    const isJson = /json/i.test(response.headers.get('content-type') ?? '');
    throw toRefusal(isJson ? await within(config.attemptTimeoutMs, response.text()) : '', response);
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser(maxMessageChars);
  try {
    for (;;) {
      const { done, value } = await within(idleTimeoutMs(), reader.read());
      if (done) return;
      yield* parse(parser, decoder.decode(value, { stream: true }));
    }
  } finally {
    // An implementation of fetch may not end the body when the signal aborts.
    reader.cancel().catch(() => undefined);
  }
}

function isEventStream(
  response: FetchResponse,
): response is FetchResponse & { readonly body: ReadableStream<Uint8Array> } {
  const type = response.headers.get('content-type') ?? '';
  return response.ok && response.body !== null && /^\s*text\/event-stream\s*(;|$)/i.test(type);
}

/** Creates the error of a response that is not a stream of events. */
function toRefusal(text: string, response: FetchResponse): TocsinClientError {
  const { ok, status, headers } = response;
  const body = parseJson(text);
  if (!ok || (isRecord(body) && 'error' in body)) return errorFromResponse(body, response, Date.now());
  const found = `status ${status}, content-type ${headers.get('content-type')?.slice(0, 100)}`;
  return new TocsinClientError(
    'BAD_RESPONSE',
    `the response (${found}) is not an event stream of a Tocsin server; check the option url`,
    { retryable: false, httpStatus: status },
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
