import type { EventType } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import { closedError, isTocsinClientError, TocsinClientError } from '../errors.ts';
import { parseJson } from '../http/attempt.ts';
import { errorFromShape, isRecord } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { sleep } from '../http/retry.ts';
import { retryDelayMs } from '../http/retry-delay.ts';
import type { ClientConfig } from '../options.ts';
import type { KnownEvent, UnknownEvent } from '../receiver/event.ts';
import type { parseEvent as ParseEvent } from '../receiver/parse-event.ts';
import { readStream } from './stream.ts';
import type { SseMessage } from './sse-parser.ts';

/** Selects the events of a subscription. */
export interface SubscribeInput<TType extends EventType = EventType> {
  /**
   * Only events of this app.
   * @default every app that the key may read
   */
  readonly appId?: string | undefined;
  /**
   * Only events of these types.
   * @default all types, including those that this version of the package does not know
   */
  readonly types?: readonly TType[] | undefined;
  /**
   * The `cursor` of the last processed event. The subscription starts with the event after it.
   * @default the time of the call
   */
  readonly after?: string | undefined;
}

/** An event of a subscription. */
export type StreamEvent<TType extends EventType = EventType> = (KnownEvent<TType> | UnknownEvent) & {
  readonly id: string;
  readonly appId: string;
  /** The event's position. Store that of the last processed event and pass it as `after` to resume. */
  readonly cursor: string;
};

/**
 * Streams events as they are accepted. Reconnects after temporary failures.
 *
 * @throws TocsinClientError if the server rejects the subscription permanently
 */
export type Subscribe = <TType extends EventType = EventType>(
  input?: SubscribeInput<TType>,
  options?: CallOptions,
) => AsyncGenerator<StreamEvent<TType>, void, undefined>;

/** Applies until the server announces its own. */
const defaultIdleTimeoutMs = 60_000;

/** Creates `events.subscribe`. The signal `closing` ends all subscriptions. */
export function createSubscribe(config: ClientConfig, closing: AbortSignal): Subscribe {
  return <TType extends EventType>(input: SubscribeInput<TType> = {}, options: CallOptions = {}) =>
    // The server sends only the requested types.
    new Subscription(config, input).events(options.signal, closing) as AsyncGenerator<
      StreamEvent<TType>,
      void,
      undefined
    >;
}

/** One subscription over any number of connections. Keeps its position and its failures between them. */
class Subscription {
  readonly #config: ClientConfig;
  readonly #input: SubscribeInput;
  #cursor: string | undefined;
  /** Consecutive connections that ended before the first message or ping. */
  #failures = 0;
  #idleTimeoutMs = defaultIdleTimeoutMs;

  constructor(config: ClientConfig, input: SubscribeInput) {
    this.#config = config;
    this.#input = input;
    this.#cursor = input.after;
  }

  /** Yields the events until one of the signals aborts. Call it once. */
  async *events(
    signal: AbortSignal | undefined,
    closing: AbortSignal,
  ): AsyncGenerator<StreamEvent, void, undefined> {
    if (closing.aborted) throw closedError();
    // Imported on demand, because it brings the schemas, which publishing does not need.
    const { parseEvent } = await import('../receiver/parse-event.ts');
    const stop = linkedAbort(signal, closing);
    try {
      while (!stop.signal.aborted) {
        try {
          yield* this.#readConnection(stop.signal, parseEvent);
        } catch (error) {
          // Aborting is a regular way to end the loop, not an error.
          if (stop.signal.aborted) return;
          if (!isTocsinClientError(error) || !error.retryable) throw error;
          await this.#backOff(error, stop.signal);
        }
      }
    } finally {
      stop.release();
    }
  }

  /** Yields the events of one connection. Always ends with an error. */
  async *#readConnection(signal: AbortSignal, parseEvent: typeof ParseEvent): AsyncGenerator<StreamEvent> {
    const { appId, types } = this.#input;
    const input = JSON.stringify({ appId, types, lastEventId: this.#cursor });
    const idleTimeoutMs = () => this.#idleTimeoutMs;
    const request = { path: 'events.subscribe', input, idleTimeoutMs, signal };
    for await (const message of readStream(this.#config, request)) {
      if (message.event === 'connected') this.#readIdleTimeout(message);
      if (message.event === 'ping') this.#failures = 0;
      if (message.event === 'serialized-error') {
        throw errorFromShape(parseRecord(message.data), { status: 200 });
      }
      if (message.id === undefined || message.id === '' || message.id === this.#cursor) continue;
      this.#cursor = message.id;
      this.#failures = 0;
      // An id without an event only moves the cursor, so that a reconnect does not start from an old
      // position.
      const event = message.event === 'message' ? toStreamEvent(message, message.id, parseEvent) : undefined;
      if (event !== undefined) yield event;
    }
    throw new TocsinClientError('NETWORK', 'the server ended the event stream', { retryable: true });
  }

  /** Waits before the next connection: exponential backoff with jitter. */
  async #backOff({ code, retryAfterMs }: TocsinClientError, signal: AbortSignal): Promise<void> {
    this.#failures++;
    const failures = this.#failures;
    const { baseDelayMs, maxDelayMs } = this.#config.retry;
    const random = Math.random();
    const waitMs = retryDelayMs({ failures, retryAfterMs, baseDelayMs, maxDelayMs, random });
    this.#config.log.warn(
      { call: 'events.subscribe', code, cursor: this.#cursor, waitMs: Math.round(waitMs) },
      'connection lost; reconnecting',
    );
    // Rejects when the signal aborts; the loop checks the signal.
    await sleep(waitMs, signal).catch(() => undefined);
  }

  #readIdleTimeout({ data }: SseMessage): void {
    const announced = parseRecord(data)?.['reconnectAfterInactivityMs'];
    if (typeof announced === 'number' && announced > 0) this.#idleTimeoutMs = announced;
  }
}

function toStreamEvent(
  { data: text }: SseMessage,
  cursor: string,
  parseEvent: typeof ParseEvent,
): StreamEvent | undefined {
  const item = parseRecord(text);
  if (item === undefined) return undefined;
  const { id, appId, type, timestamp, data } = item;
  if (
    typeof id !== 'string' ||
    typeof appId !== 'string' ||
    typeof type !== 'string' ||
    typeof timestamp !== 'string' ||
    !isRecord(data)
  ) {
    const message = `the message with the cursor ${cursor} in the event stream is not an event`;
    throw new TocsinClientError('BAD_RESPONSE', message, { retryable: false });
  }
  const extras = { id, appId, cursor };
  try {
    // The cast leaves out the test pings, which the server never sends here.
    return { ...parseEvent({ id, type, timestamp, data }), ...extras } as StreamEvent;
  } catch {
    // A payload of another version is treated like an unknown type. An error would end the subscription
    // permanently.
    return { type: 'unknown', eventType: type, timestamp, data, ...extras };
  }
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
