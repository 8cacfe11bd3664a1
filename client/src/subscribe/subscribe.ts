import type {
  BuiltInEvents,
  EventName,
  EventSelector,
  EventType,
  SelectedName,
  WireData,
} from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import { loadedLater } from '../loaded-later.ts';
import type { ClientConfig } from '../options.ts';
import type { ReceivedEvent, UnknownEvent } from '../receiver/event.ts';
import type { UntypedStreamEvent } from './positioned-event.ts';
import type { Reconnect } from './reconnecting-stream.ts';
import type { StreamFields } from './stream-fields.ts';

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

/** Options of `subscribe`. */
export interface SubscribeOptions extends CallOptions {
  /**
   * Called when a connection is established, the first one and each later one. From then on, every accepted event
   * arrives. Errors of the function are ignored.
   * @default none
   */
  readonly onConnect?: (() => void) | undefined;
  /**
   * Called before each reconnect. A subscription reconnects for as long as its failures may be temporary, also if
   * the server was never reached. To give up, abort the signal. Errors of the function are ignored.
   * @default none; the option `logger` of the client gets a warning in any case
   */
  readonly onReconnect?: ((reconnect: Reconnect) => void) | undefined;
}

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
      options?: SubscribeOptions,
    ) => AsyncGenerator<StreamEvent<SelectedName<E, S>, E>, void, undefined>
  : <const S extends string>(
      input: SubscribeInput<SelectorArg<S, E>> & { readonly types: readonly SelectorArg<S, E>[] },
      options?: SubscribeOptions,
    ) => AsyncGenerator<StreamEvent<SelectedName<E, S>, E>, void, undefined>;

// Not a constraint of `S`: the compiler would compare every pattern with every name, for each call.
export type SelectorArg<S extends string, E> = S extends EventSelector<E> ? S : EventSelector<E>;

/** `subscribe` for events of any map. */
type UntypedSubscribe = (
  input?: SubscribeInput<string>,
  options?: SubscribeOptions,
) => AsyncGenerator<UntypedStreamEvent, void, undefined>;

/** Creates `events.subscribe`. The signal `closing` ends all subscriptions. */
export function createSubscribe(config: ClientConfig, closing: AbortSignal): UntypedSubscribe {
  // `as`: the subscription is such a generator.
  return (input = {}, options = {}) =>
    loadedLater(async () =>
      (await import('./read-events.ts')).openSubscription(config, closing, { input, options }),
    ) as ReturnType<UntypedSubscribe>;
}
