import type { ErrorCode } from '@tocsin/shared';

const mark = Symbol.for('tocsin.client-error');

/**
 * Why a call failed: what the server refuses (see its error table), and what can go wrong on the way.
 *
 * - `NETWORK` no answer; the call may or may not have been carried out
 * - `TIMEOUT` no answer within the time limits
 * - `ABORTED` the caller's signal
 * - `CLOSED` the client was closed before or while it was under way
 * - `QUEUE_FULL` more is waiting to be published than the client may hold
 * - `BAD_RESPONSE` an answer that is not one of Tocsin's: a proxy's error page, a wrong URL
 * - `UNRECOGNIZED` a refusal that is newer than this package; the message is the server's
 */
export type ClientErrorCode =
  ErrorCode | 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'CLOSED' | 'QUEUE_FULL' | 'BAD_RESPONSE' | 'UNRECOGNIZED';

/** The fields of a TocsinClientError beside `code` and `message`. */
export interface ClientErrorDetails {
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;
  /** The server's id of the request: what to ask its operators about. */
  readonly requestId?: string | undefined;
  /** The HTTP status, when there was an answer. */
  readonly httpStatus?: number | undefined;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * What every call of the client rejects with, and the only thing. Switch over `code`.
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
  readonly [mark] = true;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable;
    this.requestId = details.requestId;
    this.httpStatus = details.httpStatus;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * Looks at a mark and not at the class, so that it also holds when two copies of this package are installed.
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

/** The reason of an aborted signal as an error of ours. Signals of our own already carry one. */
export function asAbortError(reason: unknown): TocsinClientError {
  return isTocsinClientError(reason) ? reason : abortedError(reason);
}

export function timeoutError(limitMs: number): TocsinClientError {
  return new TocsinClientError('TIMEOUT', `no answer within ${limitMs} ms`, { retryable: true });
}
