/**
 * Every error code of the API. A file of its own, so that the client's bundle has the codes without the table
 * of errors.
 */
export const errorCodes = [
  'INVALID_INPUT',
  'INVALID_URL',
  'UNKNOWN_EVENT',
  'WEBHOOK_LIMIT_REACHED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'SCOPE_MISSING',
  'LOOP_DETECTED',
  'QUOTA_EXCEEDED',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'ALREADY_EXISTS',
  'IDEMPOTENCY_CONFLICT',
  'NOT_RETRYABLE',
  'CALL_IN_PROGRESS',
  'RESPONSE_EXPIRED',
  'REVISION_MISMATCH',
  'CONFLICT',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
] as const;

/** Code of an error of the API. */
export type ErrorCode = (typeof errorCodes)[number];

/** Whether a value is the code of an error of the API. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return errorCodes.some((code) => code === value);
}
