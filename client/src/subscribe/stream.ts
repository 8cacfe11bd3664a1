import { asAbortError, timeoutError, TocsinClientError } from '../errors.ts';
import { asClientError, open } from '../http/attempt.ts';
import { errorFromResponse } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import type { ClientConfig } from '../options.ts';
import { SseParser, type SseMessage } from './sse-parser.ts';

/** Ten times the largest event that the platform accepts. */
const maxMessageChars = 2_000_000;

/** One connection of the live subscription. */
export interface StreamRequest {
  readonly path: string;
  readonly input: string;
  /** How long nothing may come, in ms, pings included. Asked anew before each wait. */
  readonly idleTimeoutMs: () => number;
  readonly signal: AbortSignal;
}

/**
 * Opens one connection and reads it to its end. Reads only when asked for more, so a slow consumer holds the sender
 * back through the connection instead of filling memory here. Fails only with TocsinClientError.
 */
export async function* readStream(config: ClientConfig, request: StreamRequest): AsyncGenerator<SseMessage> {
  const connection = linkedAbort(request.signal);
  try {
    yield* messagesOf(config, request, connection.signal, connection.abort);
  } catch (cause) {
    throw asClientError(cause, connection.signal);
  } finally {
    connection.release();
    // Ends the request also when the consumer stops in the middle of the stream.
    connection.abort(asAbortError(undefined));
  }
}

async function* messagesOf(
  config: ClientConfig,
  { path, input, idleTimeoutMs }: StreamRequest,
  signal: AbortSignal,
  abort: (reason: unknown) => void,
): AsyncGenerator<SseMessage> {
  const within = async <T>(limitMs: number, wait: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => abort(timeoutError(limitMs)), limitMs);
    try {
      return await wait;
    } finally {
      clearTimeout(timer);
    }
  };
  const headers = { accept: 'text/event-stream' };
  const traceparent = config.traceparent();
  const opening = open(config, { path, method: 'GET', input, traceparent, headers }, signal);
  const response = await within(config.attemptTimeoutMs, opening);
  if (!response.ok || response.body === null) {
    throw errorFromResponse(
      jsonOf(await within(config.attemptTimeoutMs, response.text())),
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

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
