/** One row for each way in which a call can be refused. Both transports map from it; see docs/rest.md. */
export interface ErrorRow {
  /** HTTP status, the same over REST and tRPC. */
  readonly http: number;
  /** tRPC's error code. */
  readonly trpc: string;
  /** The word in a REST body's `error` field. Fixed by the published contracts where these name one. */
  readonly rest: string;
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;
  readonly meaning: string;
}

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
    meaning:
      'The URL cannot be a webhook target: not https, malformed, with userinfo, or an address that is refused.',
  },
  UNKNOWN_EVENT: {
    http: 400,
    trpc: 'BAD_REQUEST',
    rest: 'bad_request',
    retryable: false,
    meaning: 'The event is not in the catalog, not in this contract, or is a test ping.',
  },
  WEBHOOK_LIMIT_REACHED: {
    http: 400,
    trpc: 'BAD_REQUEST',
    rest: 'bad_request',
    retryable: false,
    meaning: 'The app already has as many webhooks as are allowed.',
  },
  UNAUTHENTICATED: {
    http: 401,
    trpc: 'UNAUTHORIZED',
    rest: 'invalid_api_key',
    retryable: false,
    meaning: 'The bearer token is missing, malformed, unknown, expired or revoked.',
  },
  FORBIDDEN: {
    http: 403,
    trpc: 'FORBIDDEN',
    rest: 'forbidden',
    retryable: false,
    meaning: 'The app does not exist or belongs to another account; which of the two is not told.',
  },
  SCOPE_MISSING: {
    http: 403,
    trpc: 'FORBIDDEN',
    rest: 'forbidden',
    retryable: false,
    meaning: 'The API key lacks the scope that this call needs. The message names it.',
  },
  NOT_FOUND: {
    http: 404,
    trpc: 'NOT_FOUND',
    rest: 'not_found',
    retryable: false,
    meaning: 'No such webhook, event, delivery, key, account or route, or it belongs to another account.',
  },
  METHOD_NOT_ALLOWED: {
    http: 405,
    trpc: 'METHOD_NOT_SUPPORTED',
    rest: 'method_not_allowed',
    retryable: false,
    meaning: 'The path exists, with other methods. The Allow header lists them.',
  },
  ALREADY_EXISTS: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning: 'Something with this id exists already.',
  },
  IDEMPOTENCY_CONFLICT: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning: 'The idempotency key was used for an event with another body.',
  },
  NOT_RETRYABLE: {
    http: 409,
    trpc: 'CONFLICT',
    rest: 'conflict',
    retryable: false,
    meaning: 'The delivery is being sent right now, or its webhook is gone, so it cannot be sent again.',
  },
  PAYLOAD_TOO_LARGE: {
    http: 413,
    trpc: 'PAYLOAD_TOO_LARGE',
    rest: 'payload_too_large',
    retryable: false,
    meaning: 'The request body, or one event in it, is over its limit.',
  },
  RATE_LIMITED: {
    http: 429,
    trpc: 'TOO_MANY_REQUESTS',
    rest: 'rate_limited',
    retryable: true,
    meaning: 'Too many calls with this key. Retry-After says when to come back.',
  },
  INTERNAL: {
    http: 500,
    trpc: 'INTERNAL_SERVER_ERROR',
    rest: 'internal_error',
    retryable: true,
    meaning: 'A bug or an unexpected fault on our side. The request id finds it in the logs.',
  },
  UNAVAILABLE: {
    http: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    rest: 'unavailable',
    retryable: true,
    meaning: 'The database cannot be reached or the server is shutting down. Nothing was accepted.',
  },
} as const satisfies Record<string, ErrorRow>;

/** Why a call was refused. */
export type ErrorCode = keyof typeof errorTable;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}
