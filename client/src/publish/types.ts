import type { EventType, PublishData } from '@tocsin/shared';
import type { TocsinClientError } from '../errors.ts';

/** One event to publish, beside its type. */
export interface PublishEvent<TType extends EventType = EventType> {
  readonly appId: string;
  /** The event's payload; `appId` may be left out. */
  readonly data: PublishData<TType>;
  /**
   * The same key with the same event gives the first answer again. Give one that outlives this process (an order's
   * number, say) to be safe against your own repeats.
   * @default a random one for each call, kept over its retries
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * When it happened; text is ISO 8601 with an offset.
   * @default when the server accepts it
   */
  readonly timestamp?: string | Date | undefined;
}

/** One event of `publishMany`. */
export type EventToPublish<TType extends EventType = EventType> = {
  [K in TType]: PublishEvent<K> & { readonly type: K };
}[TType];

/** The answer to an accepted event. */
export interface Published {
  /** The event's id; receivers see it as `webhook-id`. */
  readonly id: string;
  /** How many webhooks it is sent to. */
  readonly deliveries: number;
}

/** Success or failure of one event, as a value. */
export type PublishOutcome =
  ({ readonly ok: true } & Published) | { readonly ok: false; readonly error: TocsinClientError };
