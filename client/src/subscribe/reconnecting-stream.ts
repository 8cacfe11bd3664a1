import { isTocsinClientError, TocsinClientError } from '../errors.ts';
import { parseJson } from '../http/attempt.ts';
import { errorFromShape, isRecord } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { sleep } from '../http/retry.ts';
import { retryDelayMs } from '../http/retry-delay.ts';
import type { ClientConfig } from '../options.ts';
import { readStream } from './stream.ts';
import type { SseMessage } from './sse-parser.ts';

/** A message that moves the position of a subscription. */
export interface PositionedMessage extends SseMessage {
  readonly id: string;
}

/** Parameters of a subscription. */
export interface StreamSubscription {
  readonly path: string;
  /** The input without `lastEventId`. */
  readonly input: object;
  /** The position to start from. */
  readonly lastEventId: string | undefined;
  /** The subscription ends when one of them aborts. */
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly onConnected?: () => void;
  /** Called before each reconnect, with the error that ended the connection. */
  readonly onLost?: (error: TocsinClientError) => void;
}

/** Applies until the server announces its own. */
const defaultIdleTimeoutMs = 60_000;

/**
 * Yields the messages of a subscription over any number of connections, until a signal aborts.
 *
 * @throws TocsinClientError if the server rejects the subscription permanently
 */
export async function* readReconnecting(
  config: ClientConfig,
  { path, input, lastEventId, signals, onConnected, onLost }: StreamSubscription,
): AsyncGenerator<PositionedMessage, void, undefined> {
  let cursor = lastEventId;
  /** Consecutive connections that ended before the first message or ping. */
  let failures = 0;
  let idleMs = defaultIdleTimeoutMs;
  const stop = linkedAbort(...signals);
  const { signal } = stop;
  /** Yields the messages of one connection. Always ends with an error. */
  async function* readConnection(): AsyncGenerator<PositionedMessage> {
    const text = JSON.stringify({ ...input, lastEventId: cursor });
    for await (const message of readStream(config, {
      path,
      input: text,
      idleTimeoutMs: () => idleMs,
      signal,
    })) {
      const { event, data, id } = message;
      if (event === 'connected') {
        idleMs = findIdleTimeout(data) ?? idleMs;
        onConnected?.();
      }
      if (event === 'ping') failures = 0;
      if (event === 'serialized-error') throw errorFromShape(parseRecord(data), { status: 200 });
      if (id === undefined || id === '' || id === cursor) continue;
      cursor = id;
      failures = 0;
      yield { ...message, id };
    }
    throw new TocsinClientError('NETWORK', 'the server ended the event stream', { retryable: true });
  }
  try {
    while (!signal.aborted) {
      try {
        yield* readConnection();
      } catch (error) {
        // Aborting is a regular way to end the loop, not an error.
        if (signal.aborted) return;
        if (!isTocsinClientError(error) || !error.retryable) throw error;
        onLost?.(error);
        await backOff(config, { path, cursor, error, failures: ++failures }, signal);
      }
    }
  } finally {
    stop.release();
  }
}

interface Disconnection {
  readonly path: string;
  readonly cursor: string | undefined;
  readonly error: TocsinClientError;
  readonly failures: number;
}

/** Waits before the next connection: exponential backoff with jitter. */
async function backOff(
  { retry, log }: ClientConfig,
  { path, cursor, error: { code, retryAfterMs }, failures }: Disconnection,
  signal: AbortSignal,
): Promise<void> {
  const waitMs = retryDelayMs({ ...retry, failures, retryAfterMs, random: Math.random() });
  log.warn({ call: path, code, cursor, waitMs: Math.round(waitMs) }, 'connection lost; reconnecting');
  // Rejects when the signal aborts; the loop checks the signal.
  await sleep(waitMs, signal).catch(() => undefined);
}

function findIdleTimeout(text: string): number | undefined {
  const announced = parseRecord(text)?.['reconnectAfterInactivityMs'];
  return typeof announced === 'number' && announced > 0 ? announced : undefined;
}

/** Parses a JSON object. Returns undefined for any other text. */
export function parseRecord(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
