import type { AnyEventType, EventsOf, ParsedData, ReceivedBuiltInEvents, WireData } from '@tocsin/shared';

/** An event of a known type. */
export interface ReceivedEvent<K, TData> {
  readonly type: K;
  /** The event's id, the same on every attempt. Store it to drop duplicates. */
  readonly id: string | undefined;
  /** When the event happened, ISO 8601. */
  readonly timestamp: string;
  readonly data: TData;
}

/** An event of a known type, with `data` as its schema returns it. `K` is its type and `E` the map of events. */
export type KnownEvent<K = AnyEventType, E = ReceivedBuiltInEvents> = {
  [P in K & keyof E]: ReceivedEvent<P, ParsedData<E[P]>>;
}[K & keyof E];

/**
 * An event of a known type, with `data` as it is on the wire: not validated, and without the defaults and
 * transforms of its schema.
 */
export type UnparsedEvent<K = AnyEventType, E = ReceivedBuiltInEvents> = {
  [P in K & keyof E]: ReceivedEvent<P, WireData<E[P]>>;
}[K & keyof E];

/** A verified event of a type that the catalog does not have. Its `data` is not validated. */
export interface UnknownEvent {
  readonly type: 'unknown';
  /** Type of the event. */
  readonly eventType: string;
  readonly id: string | undefined;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * A received event. Switch over `type`; each case has the `data` of its type. `C` is a catalog or a map of
 * events, by default the built-in events and test pings.
 *
 * @example
 * switch (event.type) {
 *   case 'user.ban':
 *     await lock(event.data.userId, event.data.reason);
 *     break;
 *   case 'unknown':
 *     log.info({ type: event.eventType }, 'unknown event type');
 *     break;
 * }
 */
export type WebhookEvent<C = ReceivedBuiltInEvents> =
  | KnownEvent<keyof EventsOf<C>, EventsOf<C>>
  | UnknownEvent;

/** A received event that is typed by `C`, but not validated, because its catalog is not at hand. */
export type UnparsedWebhookEvent<C = ReceivedBuiltInEvents> =
  | UnparsedEvent<keyof EventsOf<C>, EventsOf<C>>
  | UnknownEvent;
