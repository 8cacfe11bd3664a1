import type { AnyEventType, EventPayload } from '@tocsin/shared';

/** An event of a known type, with validated and typed `data`. */
export type KnownEvent<TType extends AnyEventType = AnyEventType> = {
  [K in TType]: {
    readonly type: K;
    /** The event's id, the same on every attempt. Store it to drop duplicates. */
    readonly id: string | undefined;
    /** When the event happened, ISO 8601. */
    readonly timestamp: string;
    readonly data: EventPayload<K>;
  };
}[TType];

/** A verified event of a type that this version of the package does not know. Its `data` is not validated. */
export interface UnknownEvent {
  readonly type: 'unknown';
  /** Type of the event. */
  readonly eventType: string;
  readonly id: string | undefined;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * A received event. Switch over `type`; each case has the `data` of its type.
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
export type WebhookEvent = KnownEvent | UnknownEvent;
