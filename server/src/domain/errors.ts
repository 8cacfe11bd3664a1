import { errorTable, isErrorCode, type ErrorCode } from '@tocsin/shared';

const mark = Symbol.for('tocsin.error');

/**
 * An error for the caller. The code is from the table in `shared/src/errors.ts`; each transport maps it to
 * its own format. The message is shown to the caller: it names the wrong value and what would be right, and
 * contains no secret, token or payload.
 */
export class TocsinError extends Error {
  override readonly name = 'TocsinError';
  readonly code: ErrorCode;
  /** Seconds until a retry can succeed, for RATE_LIMITED and UNAVAILABLE. */
  readonly retryAfterSeconds: number | undefined;
  readonly [mark] = true;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get httpStatus(): number {
    return errorTable[this.code].http;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

/**
 * Creates an error to throw.
 *
 * @example throw apiError('NOT_FOUND', 'the app app_1 does not exist');
 */
export function apiError(code: ErrorCode, message: string, cause?: unknown): TocsinError {
  return new TocsinError(code, message, cause === undefined ? {} : { cause });
}

/** Checks a symbol instead of the class, so that it works across two copies of this package. */
export function isTocsinError(value: unknown): value is TocsinError {
  return value instanceof Error && mark in value && 'code' in value && isErrorCode(value.code);
}
