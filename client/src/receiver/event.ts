import type { AnyEventType, EventPayload } from '@tocsin/shared';

/** An event that this version knows, its `data` checked and typed. */
export type KnownEvent<TType extends AnyEventType = AnyEventType> = {
  [K in TType]: {
    readonly type: K;
    /** The event's id, the same on every attempt: what to remember to drop duplicates. */
    readonly id: string | undefined;
    /** When it happened, ISO 8601. */
    readonly timestamp: string;
    readonly data: EventPayload<K>;
  };
}[TType];

/** An event that is newer than this version of the package: proven, but nothing is known of its `data`. */
export interface UnknownEvent {
  readonly type: 'unknown';
  /** The event's name. */
  readonly eventType: string;
  readonly id: string | undefined;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * What a webhook receives. Switch over `type`; each case knows its `data`.
 *
 * @example
 * switch (event.type) {
 *   case 'user.ban':
 *     await lock(event.data.userId, event.data.reason);
 *     break;
 *   case 'unknown':
 *     log.info({ type: event.eventType }, 'a newer event');
 *     break;
 * }
 */
export type WebhookEvent = KnownEvent | UnknownEvent;
