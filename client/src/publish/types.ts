import type { EventType, PublishData } from '@tocsin/shared';
import type { TocsinClientError } from '../errors.ts';

/** An event to publish, without its type. */
export interface PublishEvent<TType extends EventType = EventType> {
  /** The app that the event belongs to. */
  readonly appId: string;
  /** The event's payload. Its `appId` is optional. */
  readonly data: PublishData<TType>;
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

/** An event of `publishMany`. */
export type EventToPublish<TType extends EventType = EventType> = {
  [K in TType]: PublishEvent<K> & { readonly type: K };
}[TType];

/** The result of publishing an event. */
export interface Published {
  /** The event's id. Receivers get it as the header `webhook-id`. */
  readonly id: string;
  /** Number of webhooks the event is sent to. */
  readonly deliveries: number;
}

/** The result of publishing one event, or the error. */
export type PublishOutcome =
  ({ readonly ok: true } & Published) | { readonly ok: false; readonly error: TocsinClientError };
