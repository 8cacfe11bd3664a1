import type { AnyEventType } from '@tocsin/shared';

/**
 * An accepted event, immutable. `targets` are the webhooks that matched when it was accepted: the event is its own
 * outbox entry, and one write makes the event and everything owed for it durable.
 */
export interface AcceptedEvent {
  readonly id: string;
  readonly appId: string;
  readonly type: AnyEventType;
  /** When it happened, as told by the publisher; ISO 8601 with ms and Z. */
  readonly timestamp: string;
  /** `data` as JSON text, serialized once at acceptance; these bytes go to every receiver on every attempt. */
  readonly dataText: string;
  readonly idempotencyKey: string | undefined;
  /** When the platform took it over (database clock, epoch ms). */
  readonly acceptedAt: number;
  /** Ids of the webhooks it is sent to. The position is part of the delivery's id. */
  readonly targets: readonly string[];
  /** W3C trace context of the publish call, passed on to receivers. */
  readonly traceparent: string | undefined;
}

/** Largest `data` of one event as JSON text. Standard Webhooks advises bodies under 20 kB; ten times that is refused. */
export const maxDataBytes = 200 * 1024;

/**
 * Levels of objects and lists in `data`. Receivers have to read it: the strictest of the common parsers (.NET's) takes 64,
 * and the envelope is one of them.
 */
export const maxDataDepth = 60;

/**
 * Whether a second publish with the same idempotency key asks for the same thing. A timestamp that was not given
 * equals the time of acceptance, so it is compared only when the repeated call names one.
 */
export function isSamePublication(
  first: AcceptedEvent,
  again: Pick<AcceptedEvent, 'type' | 'dataText' | 'timestamp' | 'acceptedAt'>,
): boolean {
  const firstGave = Date.parse(first.timestamp) !== first.acceptedAt;
  const againGave = Date.parse(again.timestamp) !== again.acceptedAt;
  return (
    first.type === again.type &&
    first.dataText === again.dataText &&
    firstGave === againGave &&
    (!againGave || Date.parse(first.timestamp) === Date.parse(again.timestamp))
  );
}
