import { isTocsinClientError, TocsinClientError } from '../errors.ts';
import { parseJson } from '../http/attempt.ts';
import { errorFromShape, isRecord } from '../http/error-response.ts';
import { toJsonText } from '../http/json-text.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { sleep } from '../http/retry.ts';
import type { ClientConfig } from '../options.ts';
import { createReconnectPolicy } from './reconnect-policy.ts';
import { readStream } from './stream.ts';
import type { SseMessage } from './sse-parser.ts';

/** A message that moves the position of a subscription. */
export interface PositionedMessage extends SseMessage {
  readonly id: string;
}

/** A lost connection, or one that could not be opened. */
export interface Reconnect {
  /** Why the connection ended. */
  readonly error: TocsinClientError;
  /** Number of consecutive failures, from 1. A connection that lasted a while starts again at 1. */
  readonly failures: number;
  /** Time until the next attempt, in ms. */
  readonly waitMs: number;
  /** The position to resume from. Undefined if the subscription has none yet. */
  readonly cursor: string | undefined;
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
  /**
   * Called for the first position of each connection. Unlike `onConnected`, the server has accepted the subscription by
   * then. Its errors are ignored.
   */
  readonly onPosition?: (() => void) | undefined;
  /** Called before each reconnect. Its errors are ignored. */
  readonly onReconnect?: ((reconnect: Reconnect) => void) | undefined;
}

/** Applies until the server announces its own. */
const defaultIdleTimeoutMs = 60_000;

/** The longest idle timeout that the server may announce. */
const maxIdleTimeoutMs = 3_600_000;

/**
 * Yields the messages of a subscription over any number of connections, until a signal aborts.
 *
 * @throws TocsinClientError if the server rejects the subscription permanently
 */
export async function* readReconnecting(
  config: ClientConfig,
  { path, input, lastEventId, signals, onConnected, onPosition, onReconnect }: StreamSubscription,
): AsyncGenerator<PositionedMessage, void, undefined> {
  let cursor = lastEventId;
  let idleMs = defaultIdleTimeoutMs;
  const policy = createReconnectPolicy(config.retry);
  const stop = linkedAbort(...signals);
  const { signal } = stop;
  /** Yields the messages of one connection. Always ends with an error. */
  async function* readConnection(): AsyncGenerator<PositionedMessage> {
    const text = toJsonText({ ...input, lastEventId: cursor }, 'the input');
    if (text instanceof Error) throw text;
    let isPositioned = false;
    for await (const message of readStream(config, {
      path,
      input: text,
      idleTimeoutMs: () => idleMs,
      signal,
    })) {
      policy.recordMessage();
      const { event, data, id } = message;
      if (event === 'connected') {
        idleMs = findIdleTimeout(data) ?? idleMs;
        onConnected?.();
      }
      if (event === 'serialized-error') throw errorFromShape(parseRecord(data), { status: 200 });
      if (id === undefined || id === '') continue;
      if (!isPositioned) notify(onPosition, undefined);
      isPositioned = true;
      if (id === cursor) continue;
      cursor = id;
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
        if (!isTocsinClientError(error)) throw error;
        const next = policy.recordFailure(error);
        if (next === undefined) throw error;
        const { failures, waitMs, unreached } = next;
        report(config, path, { error, failures, waitMs, cursor }, onReconnect);
        if (unreached === unreachedUntilConsole && onReconnect === undefined)
          warnOnConsole(config, path, error);
        // Rejects when the signal aborts; the loop checks the signal.
        await sleep(waitMs, signal).catch(() => undefined);
      }
    }
  } finally {
    stop.release();
  }
}

/** A subscription that reaches no server this often is reported on the console, once for each outage. */
const unreachedUntilConsole = 3;

/** Without it, a subscription that can never connect would look like one without events. */
function warnOnConsole(
  { hasLogger }: ClientConfig,
  call: string,
  { code, message }: TocsinClientError,
): void {
  if (hasLogger) return;
  // oxlint-disable-next-line no-console -- the caller has set no other place for it
  console.warn(
    `Tocsin: ${call} cannot connect and keeps trying (${code}: ${message}); set logger or onReconnect`,
  );
}

function report(
  { log }: ClientConfig,
  call: string,
  reconnect: Reconnect,
  onReconnect: ((reconnect: Reconnect) => void) | undefined,
): void {
  const { error, failures, cursor, waitMs } = reconnect;
  const { code, message: reason } = error;
  log.warn(
    { call, code, reason, failures, cursor, waitMs: Math.round(waitMs) },
    'connection lost; reconnecting',
  );
  notify(onReconnect, reconnect);
}

/** Calls an observer. Its errors do not end the subscription. */
function notify<T>(observer: ((value: T) => void) | undefined, value: T): void {
  try {
    observer?.(value);
  } catch {
    // See above.
  }
}

function findIdleTimeout(text: string): number | undefined {
  const announced = parseRecord(text)?.['reconnectAfterInactivityMs'];
  return typeof announced === 'number' && announced > 0 ? Math.min(announced, maxIdleTimeoutMs) : undefined;
}

/** Parses a JSON object. Returns undefined for any other text. */
export function parseRecord(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
