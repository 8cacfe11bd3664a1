import { isErrorCode, type ErrorCode, type Problem } from '@tocsin/shared';
import { TocsinClientError } from '../errors.ts';
import { parseRetryAfter } from './retry-delay.ts';

/** The parts of a tRPC error that the client reads. It is untrusted input, so every part may be missing. */
interface ErrorShape {
  readonly message?: unknown;
  readonly data?: {
    readonly httpStatus?: unknown;
    readonly tocsin?: {
      readonly code?: unknown;
      readonly retryable?: unknown;
      readonly requestId?: unknown;
      readonly retryAfterSeconds?: unknown;
      readonly errors?: unknown;
    };
  };
}

/** The parts of an HTTP response that go into an error. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/**
 * Creates the error of a failed call from the `error` of the body, or from the status alone if there is none.
 */
export function errorFromResponse(
  body: unknown,
  { status, headers }: ErrorResponse,
  nowMs: number,
): TocsinClientError {
  const shape = isRecord(body) ? (body['error'] as ErrorShape | undefined) : undefined;
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), nowMs);
  return errorFromShape(shape, { status, retryAfterMs, requestId: headers.get('x-request-id') ?? undefined });
}

/** Creates an error from tRPC's error shape, which occurs in responses and in events of a subscription. */
export function errorFromShape(
  shape: ErrorShape | undefined,
  response: {
    readonly status: number;
    readonly retryAfterMs?: number | undefined;
    readonly requestId?: string | undefined;
  },
): TocsinClientError {
  const tocsin = shape?.data?.tocsin;
  const seconds = tocsin?.retryAfterSeconds;
  const status = response.status === 200 ? numberOr(shape?.data?.httpStatus, 500) : response.status;
  const details = {
    httpStatus: status,
    requestId: typeof tocsin?.requestId === 'string' ? tocsin.requestId : response.requestId,
    retryAfterMs: response.retryAfterMs ?? (typeof seconds === 'number' ? seconds * 1000 : undefined),
  };
  const retryable = typeof tocsin?.retryable === 'boolean' ? tocsin.retryable : isRetryableStatus(status);
  if (typeof tocsin?.code === 'string') {
    const message = typeof shape?.message === 'string' ? shape.message : tocsin.code;
    // A newer server has codes that this version of the package does not know.
    const code = isErrorCode(tocsin.code) ? tocsin.code : 'UNRECOGNIZED';
    return new TocsinClientError(code, message, {
      ...details,
      retryable,
      serverCode: tocsin.code,
      problems: toProblems(tocsin.errors),
    });
  }
  const code = errorCodeFromStatus(status) ?? 'BAD_RESPONSE';
  return new TocsinClientError(
    code,
    `the response (status ${status}) has no error of a Tocsin server; a proxy may have sent it`,
    {
      ...details,
      retryable,
    },
  );
}

/** Creates the error of one rejected event of `publishMany`. */
export function errorFromItem(
  item: {
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly retryAfterMs: number | undefined;
  },
  requestId: string | undefined,
): TocsinClientError {
  const { code, message, retryable, retryAfterMs } = item;
  const details = { retryable, requestId, retryAfterMs, serverCode: code };
  return new TocsinClientError(isErrorCode(code) ? code : 'UNRECOGNIZED', message, details);
}

function toProblems(errors: unknown): readonly Problem[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(
    (error): error is Problem =>
      isRecord(error) && typeof error['path'] === 'string' && typeof error['message'] === 'string',
  );
}

/** Codes for statuses that proxies and load balancers send without a body of the server. */
function errorCodeFromStatus(status: number): ErrorCode | undefined {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 502 || status === 503 || status === 504) return 'UNAVAILABLE';
  return undefined;
}

function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
