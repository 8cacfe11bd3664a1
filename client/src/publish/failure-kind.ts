import type { TocsinClientError } from '../errors.ts';

/**
 * What follows from the error of a whole request.
 *
 * - `later`: the server or the network cannot take it now. Events have idempotency keys, so all of them can be
 *   repeated, also after an error of a proxy.
 * - `too large`: it has too many events.
 * - `of an event`: one of the events may have caused it, so the others are sent without it.
 * - `final`: no event will be accepted, for example with this token.
 */
export type FailureKind = 'later' | 'too large' | 'of an event' | 'final';

export function toFailureKind({ code, httpStatus = 0, retryable }: TocsinClientError): FailureKind {
  if (code === 'PAYLOAD_TOO_LARGE') return 'too large';
  if (httpStatus === 500 || code === 'INVALID_INPUT') return 'of an event';
  if (retryable || httpStatus === 408 || httpStatus === 429 || httpStatus > 500) return 'later';
  // A firewall in front of the server may dislike the text of one event.
  return code === 'BAD_RESPONSE' && httpStatus >= 400 ? 'of an event' : 'final';
}

/** Whether the same events may be accepted later. */
export function isRepeatable(
  { code, httpStatus = 0, retryable }: TocsinClientError,
  kind: FailureKind,
): boolean {
  if (kind === 'final' || kind === 'later') return kind === 'later';
  return retryable || (code === 'BAD_RESPONSE' && httpStatus >= 500);
}
