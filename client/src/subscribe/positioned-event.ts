import { TocsinClientError } from '../errors.ts';
import { isRecord } from '../http/error-response.ts';
import type { ParsedEvent } from '../receiver/parse-event.ts';
import type { RawEvent } from '../receiver/verify-raw.ts';
import type { StreamFields } from './stream-fields.ts';

/** An event of any map of events. */
export type UntypedStreamEvent = ParsedEvent & StreamFields;

/**
 * Converts an event of a subscription or the feed.
 *
 * @throws TocsinClientError if it is none
 */
export function toPositionedEvent(
  { id, appId, type, timestamp, data, cursor }: Readonly<Record<string, unknown>>,
  toKnownEvent: (raw: RawEvent) => ParsedEvent,
): UntypedStreamEvent {
  if (
    typeof id !== 'string' ||
    typeof appId !== 'string' ||
    typeof type !== 'string' ||
    typeof timestamp !== 'string' ||
    typeof cursor !== 'string' ||
    !isRecord(data)
  ) {
    const message = `the message with the cursor ${String(cursor)} in the event stream is not an event`;
    throw new TocsinClientError('BAD_RESPONSE', message, { retryable: false });
  }
  // As it is on the wire, like the types say: without a catalog, no schema is at hand. Data with an unknown shape
  // makes the event unknown. An error would end the subscription permanently.
  return { ...toKnownEvent({ id, type, timestamp, data }), data, id, appId, cursor };
}
