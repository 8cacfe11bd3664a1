import type {
  BuiltInEvents,
  EventName,
  EventSelector,
  EventType,
  SelectedName,
  WireData,
} from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import { closedError, TocsinClientError } from '../errors.ts';
import { isRecord } from '../http/error-response.ts';
import type { ClientConfig } from '../options.ts';
import type { ReceivedEvent, UnknownEvent } from '../receiver/event.ts';
import type { ParsedEvent } from '../receiver/parse-event.ts';
import type { RawEvent } from '../receiver/verify-raw.ts';
import { parseRecord, readReconnecting, type PositionedMessage } from './reconnecting-stream.ts';

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

/** What an event of a subscription has beside its type and its data. */
export interface StreamFields {
  readonly id: string;
  readonly appId: string;
  /** The event's position. Store that of the last processed event and pass it as `after` to resume. */
  readonly cursor: string;
}

/** An event of a known type in a subscription. */
export interface StreamedEvent<K, TData> extends ReceivedEvent<K, TData>, StreamFields {
  readonly id: string;
}

/** An event of a subscription whose type the catalog does not have. */
export interface UnknownStreamEvent extends UnknownEvent, StreamFields {
  readonly id: string;
}

/** An event of a subscription. `K` is its type and `E` the map of events. */
export type StreamEvent<K = EventType, E = BuiltInEvents> =
  | { [P in K & keyof E]: StreamedEvent<P, WireData<E[P]>> }[K & keyof E]
  | UnknownStreamEvent;

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

type UntypedStreamEvent = ParsedEvent & StreamFields;

/** Creates `events.subscribe`. The signal `closing` ends all subscriptions. */
export function createSubscribe(config: ClientConfig, closing: AbortSignal): UntypedSubscribe {
  return async function* ({ appId, types, after } = {}, { signal } = {}) {
    if (closing.aborted) throw closedError();
    // Imported on demand, because it brings the schemas, which publishing does not need.
    const { toEvent } = await import('../receiver/parse-event.ts');
    const toKnownEvent = (raw: RawEvent) => toEvent(raw, { catalog: config.catalog, types });
    const input = { appId, types };
    const subscription = { path: 'events.subscribe', input, lastEventId: after, signals: [signal, closing] };
    for await (const message of readReconnecting(config, subscription)) {
      // An id without an event only moves the cursor, so that a reconnect does not start from an old
      // position.
      const event = message.event === 'message' ? toStreamEvent(message, toKnownEvent) : undefined;
      if (event !== undefined) yield event;
    }
  };
}

function toStreamEvent(
  { data: text, id: cursor }: PositionedMessage,
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
