import type { AcceptedEvent } from '../../../domain/event.ts';

/** The body of both seeds: `{"event","timestamp","data"}` in this order, compact. `data` is the text it was accepted as. */
export function eventBody(event: AcceptedEvent): string {
  return `{"event":"${event.type}","timestamp":"${event.timestamp}","data":${event.dataText}}`;
}
