import type { ErrorCode } from './error-codes.ts';

/** One row of the error table. REST and tRPC both map errors by it; docs/rest.md shows it. */
export interface ErrorRow {
  /** HTTP status, the same over REST and tRPC. */
  readonly http: number;
  /** tRPC's error code. */
  readonly trpc: string;
  /** Value of `error` in a REST body. Fixed by the published contracts where they name one. */
  readonly rest: string;
  /** Whether the same call, unchanged, may succeed later. */
  readonly retryable: boolean;
  /** What the error means, in one or two sentences. */
  readonly meaning: string;
}

/** Every error of the API by its code. */
export const errorTable = {
  INVALID_INPUT: {
    http: 400,
    trpc: 'BAD_REQUEST',
    rest: 'bad_request',
    retryable: false,
    meaning: 'A field is missing, malformed or unknown. The message names it.',
  },
  INVALID_URL: {
    http: 400,
    trpc: 'BAD_REQUEST',
    rest: 'bad_request',
    retryable: false,
    meaning: 'The URL is malformed, not https, contains userinfo, or points to a blocked address.',
  },
  UNKNOWN_EVENT: {
    http: 400,
    trpc: 'BAD_REQUEST',
    rest: 'bad_request',
    retryable: false,
    meaning: 'The event is not in the catalog, not part of this contract, or is a test ping.',
  },
  WEBHOOK_LIMIT_REACHED: {
    http: 400,
    trpc: 'BAD_REQUEST',
    rest: 'bad_request',
    retryable: false,
    meaning: 'The app or its account has reached its maximum number of webhooks.',
  },
  UNAUTHENTICATED: {
    http: 401,
    trpc: 'UNAUTHORIZED',
    rest: 'invalid_api_key',
    retryable: false,
    meaning:
      'The credential is missing, malformed, unknown, expired or revoked. The message names the reason.',
  },
  FORBIDDEN: {
    http: 403,
    trpc: 'FORBIDDEN',
    rest: 'forbidden',
    retryable: false,
    meaning:
      'The app does not exist or belongs to another account, or the caller may not do this with its kind of credential.',
  },
  SCOPE_MISSING: {
    http: 403,
    trpc: 'FORBIDDEN',
    rest: 'forbidden',
    retryable: false,
    meaning: 'The credential lacks the scope that this call requires. The message names it.',
  },
  LOOP_DETECTED: {
    http: 403,
    trpc: 'FORBIDDEN',
    rest: 'forbidden',
    retryable: false,
    meaning: 'The request is a delivery of a webhook that points to a Tocsin server.',
  },
  QUOTA_EXCEEDED: {
    http: 403,
    trpc: 'FORBIDDEN',
    rest: 'forbidden',
    retryable: false,
    meaning: 'The account has reached a limit, such as its number of apps. The message names it.',
  },
  NOT_FOUND: {
    http: 404,
    trpc: 'NOT_FOUND',
    rest: 'not_found',
    retryable: false,
    meaning:
      'The webhook, event, delivery, key, account or route does not exist, or belongs to another account.',
  },
  METHOD_NOT_ALLOWED: {
    http: 405,
    trpc: 'METHOD_NOT_SUPPORTED',
    rest: 'method_not_allowed',
    retryable: false,
    meaning: 'The path does not support this method. The Allow header lists the supported ones.',
  },
  ALREADY_EXISTS: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning: 'An object with this id already exists, or an app had it and was deleted.',
  },
  IDEMPOTENCY_CONFLICT: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning:
      'The idempotency key was already used for an event with another body, or a call with another input.',
  },
  CALL_IN_PROGRESS: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: true,
    meaning:
      'The first call with this idempotency key is still running. Repeat the call after the time in Retry-After.',
  },
  RESPONSE_EXPIRED: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning:
      'A call with this idempotency key took effect, but its response is no longer kept. The message names what it made.',
  },
  NOT_RETRYABLE: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning:
      'The delivery cannot be retried: it is being sent now, or its webhook was deleted, is disabled or does not take its event type.',
  },
  REVISION_MISMATCH: {
    http: 412,
    trpc: 'PRECONDITION_FAILED',
    rest: 'precondition_failed',
    retryable: false,
    meaning:
      'The webhook was changed since the revision that the call expects. The message names the current revision.',
  },
  CONFLICT: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning:
      'The stored cursor of the consumer is not the one that the call expects: another process has moved it.',
  },
  PAYLOAD_TOO_LARGE: {
    http: 413,
    trpc: 'PAYLOAD_TOO_LARGE',
    rest: 'payload_too_large',
    retryable: false,
    meaning: 'The request body, or one event in it, exceeds the size limit.',
  },
  RATE_LIMITED: {
    http: 429,
    trpc: 'TOO_MANY_REQUESTS',
    rest: 'rate_limited',
    retryable: true,
    meaning:
      'Too many calls or changes with this key or in this account. Retry after the time in the Retry-After header.',
  },
  INTERNAL: {
    http: 500,
    trpc: 'INTERNAL_SERVER_ERROR',
    rest: 'internal_error',
    retryable: true,
    meaning: 'An unexpected error in the server. Its log has the details under the request id.',
  },
  UNAVAILABLE: {
    http: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    rest: 'unavailable',
    retryable: true,
    meaning:
      'The database is unreachable or too slow, the issuer of the access token is unreachable, or the server is shutting down. A write may be stored: publish again with the same idempotency key.',
  },
} as const satisfies Record<ErrorCode, ErrorRow>;
