import type { BuiltInEvents, EventName, EventSelector, EventType, SelectedName } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import { closedError, isTocsinClientError, TocsinClientError } from '../errors.ts';
import { parseJson } from '../http/attempt.ts';
import { errorFromShape, isRecord } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { sleep } from '../http/retry.ts';
import { retryDelayMs } from '../http/retry-delay.ts';
import type { ClientConfig } from '../options.ts';
import type { UnknownEvent, UnparsedEvent } from '../receiver/event.ts';
import type { ParsedEvent, toEvent as ToEvent } from '../receiver/parse-event.ts';
import type { RawEvent } from '../receiver/verify-raw.ts';
import { readStream } from './stream.ts';
import type { SseMessage } from './sse-parser.ts';

/** Selects the events of a subscription. `S` is the names and patterns of its types. */
export interface SubscribeInput<S extends string = EventSelector<BuiltInEvents>> {
  /**
   * Only events of this app.
   * @default every app that the key may read
   */
  readonly appId?: string | undefined;
  /**
   * Only events of these types, as names or patterns.
   * @default all types, including those that this version of the package does not know
   */
  readonly types?: readonly S[] | undefined;
  /**
   * The `cursor` of the last processed event. The subscription starts with the event after it.
   * @default the time of the call
   */
  readonly after?: string | undefined;
}

/** An event of a subscription. `K` is its type and `E` the map of events. */
export type StreamEvent<K = EventType, E = BuiltInEvents> = (UnparsedEvent<K, E> | UnknownEvent) & {
  readonly id: string;
  readonly appId: string;
  /** The event's position. Store that of the last processed event and pass it as `after` to resume. */
  readonly cursor: string;
};

/**
 * Streams events as they are accepted. Reconnects after temporary failures.
 *
 * A client without a catalog requires `types` for events other than the built-in ones, because a type argument
 * is gone when the code runs: events of the listed types and patterns have their own type, all others the type
 * `unknown`.
 *
 * @throws TocsinClientError if the server rejects the subscription permanently
 */
export type Subscribe<E = BuiltInEvents> = [EventName<E>] extends [EventType]
  ? <const S extends string = '*'>(
      input?: SubscribeInput<SelectorArg<S, E>>,
      options?: CallOptions,
    ) => AsyncGenerator<StreamEvent<SelectedName<E, S>, E>, void, undefined>
  : <const S extends string>(
      input: SubscribeInput<SelectorArg<S, E>> & { readonly types: readonly SelectorArg<S, E>[] },
      options?: CallOptions,
    ) => AsyncGenerator<StreamEvent<SelectedName<E, S>, E>, void, undefined>;

// Not a constraint of `S`: the compiler would compare every pattern with every name, for each call.
type SelectorArg<S extends string, E> = S extends EventSelector<E> ? S : EventSelector<E>;

/** `subscribe` for events of any map. */
type UntypedSubscribe = (
  input?: SubscribeInput<string>,
  options?: CallOptions,
) => AsyncGenerator<UntypedStreamEvent, void, undefined>;

type UntypedStreamEvent = ParsedEvent & {
  readonly id: string;
  readonly appId: string;
  readonly cursor: string;
};

/** Applies until the server announces its own. */
const defaultIdleTimeoutMs = 60_000;

/** Creates `events.subscribe`. The signal `closing` ends all subscriptions. */
export function createSubscribe(config: ClientConfig, closing: AbortSignal): UntypedSubscribe {
  return (input = {}, options = {}) => new Subscription(config, input).events(options.signal, closing);
}

/** One subscription over any number of connections. Keeps its position and its failures between them. */
class Subscription {
  readonly #config: ClientConfig;
  readonly #input: SubscribeInput<string>;
  #cursor: string | undefined;
  /** Consecutive connections that ended before the first message or ping. */
  #failures = 0;
  #idleTimeoutMs = defaultIdleTimeoutMs;

  constructor(config: ClientConfig, input: SubscribeInput<string>) {
    this.#config = config;
    this.#input = input;
    this.#cursor = input.after;
  }

  /** Yields the events until one of the signals aborts. Call it once. */
  async *events(
    signal: AbortSignal | undefined,
    closing: AbortSignal,
  ): AsyncGenerator<UntypedStreamEvent, void, undefined> {
    if (closing.aborted) throw closedError();
    // Imported on demand, because it brings the schemas, which publishing does not need.
    const { toEvent } = await import('../receiver/parse-event.ts');
    const stop = linkedAbort(signal, closing);
    try {
      while (!stop.signal.aborted) {
        try {
          yield* this.#readConnection(stop.signal, toEvent);
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
  async *#readConnection(signal: AbortSignal, toEvent: typeof ToEvent): AsyncGenerator<UntypedStreamEvent> {
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
      const toKnownEvent = (raw: RawEvent) => toEvent(raw, { catalog: this.#config.catalog, types });
      const event =
        message.event === 'message' ? toStreamEvent(message, message.id, toKnownEvent) : undefined;
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
  toKnownEvent: (raw: RawEvent) => ParsedEvent,
): UntypedStreamEvent | undefined {
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
    // As it is on the wire, like the types say: without a catalog, no schema is at hand.
    return { ...toKnownEvent({ id, type, timestamp, data }), data, ...extras };
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
