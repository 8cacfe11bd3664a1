import {
  errorTable,
  isErrorCode,
  toNamedProblems,
  toProblemsText,
  type ErrorCode,
  type Problem,
} from '@tocsin/shared';

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
  /** The wrong fields of the input, at most 20. Empty if the error is not about a field. */
  readonly problems: readonly Problem[];
  readonly [mark] = true;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterSeconds?: number; problems?: readonly Problem[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.problems = toNamedProblems(options.problems ?? []);
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

/**
 * Creates an error about wrong fields. The message names each of them, and counts those beyond 20.
 *
 * @example throw fieldErrors('INVALID_INPUT', [{ path: 'until', message: 'must be after since' }]);
 */
export function fieldErrors(code: ErrorCode, problems: readonly Problem[], cause?: unknown): TocsinError {
  return new TocsinError(
    code,
    toProblemsText(problems),
    cause === undefined ? { problems } : { problems, cause },
  );
}

/** Creates an error about one wrong field. */
export function fieldError(path: string, message: string, code: ErrorCode = 'INVALID_INPUT'): TocsinError {
  return fieldErrors(code, [{ path, message }]);
}

/** Checks a symbol instead of the class, so that it works across two copies of this package. */
export function isTocsinError(value: unknown): value is TocsinError {
  return value instanceof Error && mark in value && 'code' in value && isErrorCode(value.code);
}
