import { errorTable, isErrorCode, type ErrorCode } from '@tocsin/shared';

const mark = Symbol.for('tocsin.error');

/**
 * A refusal to a caller. Carries a code from the one table (`shared/src/errors.ts`); each transport maps it once, at
 * its edge. `message` is shown to the caller: it names the wrong value and what would be right, and never contains a
 * secret, a token or a payload.
 */
export class TocsinError extends Error {
  override readonly name = 'TocsinError';
  readonly code: ErrorCode;
  /** Seconds to wait, for RATE_LIMITED and UNAVAILABLE. */
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

/** Makes the refusal; the caller throws it, so that control flow stays visible: `throw apiError('NOT_FOUND', '...')`. */
export function apiError(code: ErrorCode, message: string, cause?: unknown): TocsinError {
  return new TocsinError(code, message, cause === undefined ? {} : { cause });
}

/** Looks at a mark and not at the class, so that it also holds across two copies of this package. */
export function isTocsinError(value: unknown): value is TocsinError {
  return value instanceof Error && mark in value && 'code' in value && isErrorCode(value.code);
}
