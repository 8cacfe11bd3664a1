import type { ErrorCode, Problem } from '@tocsin/shared';

const mark = Symbol.for('tocsin.client-error');

/**
 * Why a call failed: a code of the server's error table, or one of the client's own.
 *
 * - `NETWORK`: no response; the call may have taken effect
 * - `TIMEOUT`: no response within the time limits
 * - `ABORTED`: the caller's signal aborted the call
 * - `CLOSED`: the client was closed before or during the call
 * - `QUEUE_FULL`: the pending events exceed `coalesce.maxQueuedChars`
 * - `BAD_RESPONSE`: the response is not from a Tocsin server, for example because of a wrong URL
 * - `UNRECOGNIZED`: an error code of the server that this version of the package does not know
 */
export type ClientErrorCode =
  | ErrorCode
  | 'NETWORK'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'CLOSED'
  | 'QUEUE_FULL'
  | 'BAD_RESPONSE'
  | 'UNRECOGNIZED';

/** The fields of a `TocsinClientError` beside `code` and `message`. */
export interface ClientErrorDetails {
  /** Whether the same call, unchanged, may succeed later. */
  readonly retryable: boolean;
  /** The server's id of the request. It identifies the request in the server's log. */
  readonly requestId?: string | undefined;
  /** The HTTP status, if there was a response. */
  readonly httpStatus?: number | undefined;
  /** The delay that the server asks for, in ms. */
  readonly retryAfterMs?: number | undefined;
  /** What is wrong with the input, field by field. @default [] */
  readonly problems?: readonly Problem[] | undefined;
  /** The error that caused this one, if any. */
  readonly cause?: unknown;
}

/**
 * The only error that calls of the client reject with. Switch over `code`.
 *
 * @example
 * try {
 *   await tocsin.publish('user.ban', { appId, data });
 * } catch (error) {
 *   if (isTocsinClientError(error) && error.retryable) await postpone();
 *   else throw error;
 * }
 */
export class TocsinClientError extends Error {
  override readonly name = 'TocsinClientError';
  readonly code: ClientErrorCode;
  readonly retryable: boolean;
  readonly requestId: string | undefined;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** What is wrong with the input, field by field. Empty for an error about something else. */
  readonly problems: readonly Problem[];
  readonly [mark] = true;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable;
    this.requestId = details.requestId;
    this.httpStatus = details.httpStatus;
    this.retryAfterMs = details.retryAfterMs;
    this.problems = details.problems ?? [];
  }
}

/**
 * Whether an error is a `TocsinClientError`. Unlike `instanceof`, it also works if two copies of this package
 * are installed.
 *
 * @example
 * if (isTocsinClientError(error)) log.error({ code: error.code, requestId: error.requestId }, error.message);
 */
export function isTocsinClientError(error: unknown): error is TocsinClientError {
  return typeof error === 'object' && error !== null && mark in error;
}

export function closedError(): TocsinClientError {
  return new TocsinClientError('CLOSED', 'the client is closed', { retryable: false });
}

export function abortedError(cause: unknown): TocsinClientError {
  return new TocsinClientError('ABORTED', 'the call was aborted by its signal', { retryable: false, cause });
}

/** Converts the reason of an aborted signal. Signals of the client already carry a `TocsinClientError`. */
export function toAbortError(reason: unknown): TocsinClientError {
  return isTocsinClientError(reason) ? reason : abortedError(reason);
}

export function timeoutError(limitMs: number): TocsinClientError {
  return new TocsinClientError('TIMEOUT', `no response within ${limitMs} ms`, { retryable: true });
}
