import type { BuiltInEvents, EventData, EventType, InputData } from '@tocsin/shared';
import type { TocsinClientError } from '../errors.ts';

/** The fields of an event to publish, without its type and data. */
export interface PublishFields {
  /** The app that the event belongs to. */
  readonly appId: string;
  /**
   * Makes repeated calls safe: the same key with the same event returns the first result again. Set a key
   * that outlives the process, such as an order number, to make your own retries safe. 1 to 128 visible ASCII
   * characters.
   * @default a random key for each call; its retries use the same one
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * When the event happened. A string must be ISO 8601 with an offset.
   * @default the time at which the server accepts the event
   */
  readonly timestamp?: string | Date | undefined;
}

/** An event to publish, without its type. `K` is its type and `E` the map of events. */
export interface PublishEvent<K = EventType, E = BuiltInEvents> extends PublishFields {
  /** The event's payload. The `appId` of a built-in event is optional in it. */
  readonly data: EventData<K, E>;
}

/** An event of `publishMany`, with its type and its data. */
export interface ListedEvent<K, TData> extends PublishFields {
  readonly type: K;
  readonly data: TData;
}

/** An event of `publishMany`. `K` is its type and `E` the map of events. */
export type EventToPublish<K = EventType, E = BuiltInEvents> = {
  [P in K & keyof E]: ListedEvent<P, InputData<P, E>>;
}[K & keyof E];

/** The result of publishing an event. */
export interface Published {
  /** The event's id. Receivers get it as the header `webhook-id`. */
  readonly id: string;
  /** Number of webhooks the event is sent to. */
  readonly deliveries: number;
}

/** The result of publishing one event, or the error. */
export type PublishOutcome =
  | ({ readonly ok: true } & Published)
  | { readonly ok: false; readonly error: TocsinClientError };
