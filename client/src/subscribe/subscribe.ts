import type { EventType } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import { closedError, isTocsinClientError, TocsinClientError } from '../errors.ts';
import { errorFromShape, isRecord } from '../http/error-response.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { sleep } from '../http/retry.ts';
import { retryDelayMs } from '../http/retry-delay.ts';
import type { ClientConfig } from '../options.ts';
import type { KnownEvent, UnknownEvent } from '../receiver/event.ts';
import type { parseEvent as ParseEvent } from '../receiver/parse-event.ts';
import { readStream } from './stream.ts';
import type { SseMessage } from './sse-parser.ts';

/** What to listen to. */
export interface SubscribeInput<TType extends EventType = EventType> {
  /** @default every app that the key may read */
  readonly appId?: string | undefined;
  /** @default all events, also those that are newer than this package */
  readonly types?: readonly TType[] | undefined;
  /**
   * The `cursor` of the last event that was dealt with: what came after it comes first.
   * @default the present
   */
  readonly after?: string | undefined;
}

/** One event of the live subscription. */
export type StreamEvent<TType extends EventType = EventType> = (KnownEvent<TType> | UnknownEvent) & {
  readonly id: string;
  readonly appId: string;
  /** Keep the cursor of the last event that was dealt with, and pass it as `after` to go on from there. */
  readonly cursor: string;
};

/**
 * Streams events as they are accepted.
 *
 * @throws TocsinClientError when the server refuses for good; lost connections are taken up again by themselves
 */
export type Subscribe = <TType extends EventType = EventType>(
  input?: SubscribeInput<TType>,
  options?: CallOptions,
) => AsyncGenerator<StreamEvent<TType>, void, undefined>;

/** Until the server says how often it pings. */
const defaultIdleTimeoutMs = 60_000;

/** `closing` ends all subscriptions. */
export function createSubscribe(config: ClientConfig, closing: AbortSignal): Subscribe {
  return <TType extends EventType>(input: SubscribeInput<TType> = {}, options: CallOptions = {}) =>
    // The server was asked for these types only.
    listen(config, input, options, closing) as AsyncGenerator<StreamEvent<TType>, void, undefined>;
}

async function* listen(
  config: ClientConfig,
  input: SubscribeInput,
  options: CallOptions,
  closing: AbortSignal,
): AsyncGenerator<StreamEvent, void, undefined> {
  if (closing.aborted) throw closedError();
  // Loaded here: it brings the schemas, which publishing does without.
  const { parseEvent } = await import('../receiver/parse-event.ts');
  const stop = linkedAbort(options.signal, closing);
  const position: Position = { cursor: input.after, failures: 0, idleTimeoutMs: defaultIdleTimeoutMs };
  const listening: Listening = { config, input, signal: stop.signal, parseEvent };
  try {
    while (!stop.signal.aborted) {
      try {
        yield* oneConnection(listening, position);
      } catch (error) {
        // An aborted signal is how the caller ends the loop, so it ends like one.
        if (stop.signal.aborted) return;
        if (!isTocsinClientError(error) || !error.retryable) throw error;
        await pause(config, position, error, stop.signal);
      }
    }
  } finally {
    stop.release();
  }
}

/** Where a subscription stands; outlives its connections. */
interface Position {
  cursor: string | undefined;
  /** Connections in a row that ended before anything came, a ping included. */
  failures: number;
  idleTimeoutMs: number;
}

/** What a subscription is; the same for all its connections. */
interface Listening {
  readonly config: ClientConfig;
  readonly input: SubscribeInput;
  readonly signal: AbortSignal;
  readonly parseEvent: typeof ParseEvent;
}

async function* oneConnection(listening: Listening, position: Position): AsyncGenerator<StreamEvent> {
  const { config, signal, parseEvent } = listening;
  const { appId, types } = listening.input;
  const input = JSON.stringify({ appId, types, lastEventId: position.cursor });
  const idleTimeoutMs = () => position.idleTimeoutMs;
  const request = { path: 'events.subscribe', input, idleTimeoutMs, signal };
  for await (const message of readStream(config, request)) {
    if (message.event === 'connected') readConnected(message, position);
    if (message.event === 'ping') position.failures = 0;
    if (message.event === 'serialized-error') throw errorFromShape(recordOf(message.data), { status: 200 });
    if (message.id === undefined || message.id === '' || message.id === position.cursor) continue;
    position.cursor = message.id;
    position.failures = 0;
    // An id without an event: the server says how far it has come, so that a reconnect does not start from the past.
    const event = message.event === 'message' ? streamEvent(message, message.id, parseEvent) : undefined;
    if (event !== undefined) yield event;
  }
  throw new TocsinClientError('NETWORK', 'the stream ended', { retryable: true });
}

async function pause(
  config: ClientConfig,
  position: Position,
  { code, retryAfterMs }: TocsinClientError,
  signal: AbortSignal,
): Promise<void> {
  const { cursor } = position;
  position.failures++;
  const { baseDelayMs, maxDelayMs } = config.retry;
  const random = Math.random();
  const waitMs = retryDelayMs({ failures: position.failures, retryAfterMs, baseDelayMs, maxDelayMs, random });
  config.log.warn({ call: 'events.subscribe', code, cursor, waitMs: Math.round(waitMs) }, 'connecting again');
  await sleep(waitMs, signal).catch(() => undefined); // woken by the end of the subscription; the loop sees it
}

function readConnected({ data }: SseMessage, position: Position): void {
  const announced = recordOf(data)?.['reconnectAfterInactivityMs'];
  if (typeof announced === 'number' && announced > 0) position.idleTimeoutMs = announced;
}

function streamEvent(
  { data: text }: SseMessage,
  cursor: string,
  parseEvent: typeof ParseEvent,
): StreamEvent | undefined {
  const item = recordOf(text);
  if (item === undefined) return undefined;
  const { id, appId, type, timestamp, data } = item;
  if (
    typeof id !== 'string' ||
    typeof appId !== 'string' ||
    typeof type !== 'string' ||
    typeof timestamp !== 'string' ||
    !isRecord(data)
  ) {
    throw new TocsinClientError('BAD_RESPONSE', 'an item of the stream is no event', { retryable: false });
  }
  const extras = { id, appId, cursor };
  try {
    // The server sends what can be published, never a test ping.
    return { ...parseEvent({ id, type, timestamp, data }), ...extras } as StreamEvent;
  } catch {
    // A payload of another version is as unknown as a new type; ending the stream over it would end it for ever.
    return { type: 'unknown', eventType: type, timestamp, data, ...extras };
  }
}

function recordOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
