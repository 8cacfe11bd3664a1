import type { TocsinClientError } from '../errors.ts';
import type { PublishOutcome } from './types.ts';

/** One event to publish, from its call to its outcome. */
export interface Entry {
  /** The event as JSON. Every attempt sends the same text and thus the same idempotency key. */
  text: string;
  /** Length of the text in UTF-8. */
  readonly bytes: number;
  readonly appId: string;
  /** Position among all events of the client. */
  readonly sequence: number;
  /** The call of `publishMany` that it belongs to. Undefined for single events. */
  readonly caller: object | undefined;
  /**
   * In ms since 1970. All events have the same time limit, so entries in order of arrival are in order of
   * expiry.
   */
  readonly expiresAt: number;
  readonly complete: (outcome: PublishOutcome) => void;
  isCompleted: boolean;
  isQueued: boolean;
  /** The request that contains it now, if any. */
  request: EntryRequest | undefined;
  /** The retryable error of the last attempt, if any. */
  lastError: TocsinClientError | undefined;
  /** Number of attempts that failed and may be repeated. */
  failures: number;
  /** Whether the last wait was cut short, to try once more within the time limit. */
  isLastTry: boolean;
  /** Number of successful requests of the client when the first request with this entry failed. */
  successesBefore: number | undefined;
}

/** A request in flight. */
export interface EntryRequest {
  readonly abort: AbortController;
  /** Number of entries without an outcome. At 0 the request is aborted. */
  remaining: number;
}
