import type { AcceptedEvent } from '../../../domain/event.ts';

/**
 * The body of both published contracts: compact JSON with `event`, `timestamp` and `data` in this order.
 * `data` is the text that was accepted, byte for byte.
 */
export function eventBody(event: AcceptedEvent): string {
  return `{"event":"${event.type}","timestamp":"${event.timestamp}","data":${event.dataText}}`;
}
