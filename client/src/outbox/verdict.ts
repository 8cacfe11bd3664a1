import type { TocsinClientError } from '../errors.ts';
import type { PublishOutcome } from '../publish/types.ts';

/**
 * What the outcome of an attempt means for the relay:
 *
 * - `published`: the event is stored by the server
 * - `refused`: the event can never be published
 * - `wait`: the app waits, because its next attempt may succeed
 * - `doubt`: the app waits too, but the event is set aside if this lasts: the app may be deleted, or be in
 *   another account than the credential
 * - `hold`: everything waits, because no event can be published now
 * - `stop`: the relay is closing or lost its lease
 */
export type Verdict =
  | { readonly kind: 'published' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'refused'; readonly error: TocsinClientError }
  | Interruption;

/** A verdict after which the app waits, or every app does. */
export interface Interruption {
  readonly kind: 'wait' | 'doubt' | 'hold';
  readonly error: TocsinClientError;
}

const eventFaults = new Set<string>([
  'INVALID_INPUT',
  'UNKNOWN_EVENT',
  'IDEMPOTENCY_CONFLICT',
  'PAYLOAD_TOO_LARGE',
]);

/** No answer, or one that would be the same for every event. */
const generalFaults = new Set<string>([
  'NETWORK',
  'TIMEOUT',
  'BAD_RESPONSE',
  'CLOSED',
  'QUEUE_FULL',
  'UNAUTHENTICATED',
  'SCOPE_MISSING',
]);

export function toVerdict(outcome: PublishOutcome): Verdict {
  if (outcome.ok) return { kind: 'published' };
  const { error } = outcome;
  if (error.code === 'ABORTED') return { kind: 'stop' };
  if (eventFaults.has(error.code)) return { kind: 'refused', error };
  if (generalFaults.has(error.code)) return { kind: 'hold', error };
  return { kind: error.retryable ? 'wait' : 'doubt', error };
}
