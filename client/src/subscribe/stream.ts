import { toAbortError, timeoutError, TocsinClientError } from '../errors.ts';
import { parseJson, toClientError } from '../http/attempt.ts';
import { errorFromResponse } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import type { ClientConfig } from '../options.ts';
import { sendRequest } from '../http/send-request.ts';
import { startTimer } from '../http/timer.ts';
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
      return await wait;
    } finally {
      stopTimer();
    }
  };
  const headers = { accept: 'text/event-stream' };
  const traceparent = config.traceparent();
  const opening = sendRequest(config, { path, method: 'GET', input, traceparent, headers }, signal);
  const response = await within(config.attemptTimeoutMs, opening);
  if (!response.ok || response.body === null) {
    throw errorFromResponse(
      parseJson(await within(config.attemptTimeoutMs, response.text())),
      response,
      Date.now(),
    );
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser(maxMessageChars);
  for (;;) {
    const { done, value } = await within(idleTimeoutMs(), reader.read());
    if (done) return;
    try {
      yield* parser.push(decoder.decode(value, { stream: true }));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new TocsinClientError('BAD_RESPONSE', cause.message, { retryable: false, cause });
    }
  }
}
