import type { ErrorCode, Problem } from '@tocsin/shared';

const mark = Symbol.for('tocsin.client-error');

/**
 * Why a call failed: a code of the server's error table, or one of the client's own.
 *
 * - `NETWORK`: no response; the call may have taken effect
 * - `TIMEOUT`: no response within the time limits
 * - `ABORTED`: the caller's signal aborted the call
 * - `CLOSED`: the client was closed before or during the call
 * - `TOKEN_UNAVAILABLE`: the option `token` failed, or returned no valid API key; nothing was sent
 * - `QUEUE_FULL`: the pending events exceed `coalesce.maxQueuedBytes`
 * - `BAD_RESPONSE`: the response is not from a Tocsin server, for example because of a wrong URL or a redirect
 * - `UNRECOGNIZED`: an error code of the server that this version of the package does not know; `serverCode`
 *   has it
 */
export type ClientErrorCode =
  | ErrorCode
  | 'NETWORK'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'CLOSED'
  | 'TOKEN_UNAVAILABLE'
  | 'QUEUE_FULL'
  | 'BAD_RESPONSE'
  | 'UNRECOGNIZED';

/** The fields of a `TocsinClientError` beside `code` and `message`. */
export interface ClientErrorDetails {
  /** Whether the same call, unchanged, may succeed later. */
  readonly retryable: boolean;
  /** The error code as the server sent it. Undefined if the error is not the server's. */
  readonly serverCode?: string | undefined;
  /**
   * Whether the request may have reached the server. If false, the call had no effect.
   * @default true
   */
  readonly wasSent?: boolean | undefined;
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
  /** The error code as the server sent it, also one of a newer server. Undefined without one. */
  readonly serverCode: string | undefined;
  /** Whether the request may have reached the server. If false, the call had no effect. */
  readonly wasSent: boolean;
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
    this.serverCode = details.serverCode;
    this.wasSent = details.wasSent ?? true;
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

/** The error of a call that ends because the client closes. */
export function closedError(wasSent = true): TocsinClientError {
  return new TocsinClientError('CLOSED', 'the client is closed', { retryable: false, wasSent });
}

/** The error of a call that cannot be made because of its arguments. */
export function invalidInput(message: string, cause?: unknown): TocsinClientError {
  return new TocsinClientError('INVALID_INPUT', message, { retryable: false, wasSent: false, cause });
}

/** Converts what a getter, a proxy or a wrong argument throws before a request is sent. */
export function toCallError(cause: unknown): TocsinClientError {
  if (isTocsinClientError(cause)) return cause;
  return invalidInput(`the arguments of the call cannot be read: ${toErrorText(cause)}`, cause);
}

/** The message of an error, for a value that may be anything. */
export function toErrorText(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error without a message';
  }
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
