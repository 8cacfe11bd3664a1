import type { Presentation } from '@tocsin/shared';

/**
 * An accepted event. Its content is immutable. It names its targets, so one write makes the event and the deliveries
 * that it owes durable (transactional outbox). A resend to another webhook adds a target.
 */
export interface AcceptedEvent {
  readonly id: string;
  readonly appId: string;
  /** The account of the app. */
  readonly accountId: string;
  readonly type: string;
  /** When it happened, as reported by the publisher. ISO 8601 in UTC, with milliseconds. */
  readonly timestamp: string;
  /** `data` as JSON text. Serialized once, so that every attempt sends the same bytes. */
  readonly dataText: string;
  readonly idempotencyKey: string | undefined;
  /** When the event was accepted, database time, epoch ms. */
  readonly acceptedAt: number;
  /**
   * Ids of the webhooks that matched at acceptance, then of those that it was sent to by hand. The position is part of
   * the delivery id.
   */
  readonly targets: readonly string[];
  /** W3C trace context of the publish call. Sent to receivers. */
  readonly traceparent: string | undefined;
  /**
   * What chat messages show of an event of your own types. Kept with the event, so that every attempt sends the same
   * bytes, also after the type was changed or deleted. Undefined for the built-in types.
   */
  readonly presentation?: EventPresentation | undefined;
  /** Made when the event was accepted, so that every attempt sends the same bytes. Undefined: none is needed. */
  readonly renderings?: readonly Rendering[] | undefined;
  /** True for the example of a type, which is sent to one webhook and never stored. */
  readonly isSample?: true | undefined;
  /** Hashes of the values that the search finds it by. Undefined: there are none. */
  readonly searchValues?: readonly string[] | undefined;
}

/** What a chat message shows of an event. */
export interface EventPresentation {
  /** Names of the fields that the schema has, in its order. A message shows no others. */
  readonly fields: readonly string[];
  /** The message of the type's definition. Undefined: a generic one. */
  readonly message?: Presentation | undefined;
}

/** `data` for webhooks that are pinned to an older version of an event type. */
export interface Rendering {
  readonly version: number;
  readonly dataText: string;
  /** Ids of the targets that get it. */
  readonly targets: readonly string[];
}

/** Returns an event as a webhook gets it: with the `data` of its pinned version, which is the same for every attempt. */
export function toRenderedEvent(event: AcceptedEvent, webhookId: string): AcceptedEvent {
  const rendering = event.renderings?.find(({ targets }) => targets.includes(webhookId));
  return rendering === undefined ? event : { ...event, dataText: rendering.dataText };
}

/** Limit of `data` as JSON text, in bytes. Ten times the body size that Standard Webhooks recommends. */
export const maxDataBytes = 200 * 1024;

/**
 * Limit of nested objects and arrays in `data`. The strictest common JSON parser (.NET) reads 64 levels, and
 * the envelope adds one.
 */
export const maxDataDepth = 60;

/**
 * Whether a repeated publish with the same idempotency key is for the same event. An omitted timestamp equals
 * the time of acceptance, so two omitted timestamps match.
 */
export function isSamePublication(
  first: AcceptedEvent,
  repeated: Pick<AcceptedEvent, 'type' | 'dataText' | 'timestamp' | 'acceptedAt'>,
): boolean {
  const firstHasTimestamp = Date.parse(first.timestamp) !== first.acceptedAt;
  const repeatedHasTimestamp = Date.parse(repeated.timestamp) !== repeated.acceptedAt;
  return (
    first.type === repeated.type &&
    first.dataText === repeated.dataText &&
    firstHasTimestamp === repeatedHasTimestamp &&
    (!repeatedHasTimestamp || Date.parse(first.timestamp) === Date.parse(repeated.timestamp))
  );
}
