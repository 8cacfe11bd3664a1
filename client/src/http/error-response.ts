import { errorTable, isErrorCode, type ErrorCode } from '@tocsin/shared';
import { TocsinClientError } from '../errors.ts';
import { parseRetryAfter } from './retry-delay.ts';

/** The parts of a tRPC error that are looked at; all of it comes from outside and may be missing. */
interface ErrorShape {
  readonly message?: unknown;
  readonly data?: {
    readonly httpStatus?: unknown;
    readonly tocsin?: {
      readonly code?: unknown;
      readonly retryable?: unknown;
      readonly requestId?: unknown;
      readonly retryAfterSeconds?: unknown;
    };
  };
}

/** What of the HTTP response goes into the error. */
export interface ResponseFacts {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** Makes the error of a refused call from the body's `error`, or from the status alone when there is none. */
export function errorFromResponse(
  body: unknown,
  { status, headers }: ResponseFacts,
  nowMs: number,
): TocsinClientError {
  const shape = isRecord(body) ? (body['error'] as ErrorShape | undefined) : undefined;
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), nowMs);
  return errorFromShape(shape, { status, retryAfterMs, requestId: headers.get('x-request-id') ?? undefined });
}

/** Makes the error from tRPC's error shape, as it stands in a response or in an event of the live subscription. */
export function errorFromShape(
  shape: ErrorShape | undefined,
  facts: {
    readonly status: number;
    readonly retryAfterMs?: number | undefined;
    readonly requestId?: string | undefined;
  },
): TocsinClientError {
  const tocsin = shape?.data?.tocsin;
  const seconds = tocsin?.retryAfterSeconds;
  const status = facts.status === 200 ? numberOr(shape?.data?.httpStatus, 500) : facts.status;
  const details = {
    httpStatus: status,
    requestId: typeof tocsin?.requestId === 'string' ? tocsin.requestId : facts.requestId,
    retryAfterMs: facts.retryAfterMs ?? (typeof seconds === 'number' ? seconds * 1000 : undefined),
  };
  const retryable = typeof tocsin?.retryable === 'boolean' ? tocsin.retryable : isRetryableStatus(status);
  if (isErrorCode(tocsin?.code)) {
    const message = typeof shape?.message === 'string' ? shape.message : errorTable[tocsin.code].meaning;
    return new TocsinClientError(tocsin.code, message, { ...details, retryable });
  }
  // A code that is newer than this package.
  if (typeof tocsin?.code === 'string') {
    const message = typeof shape?.message === 'string' ? shape.message : tocsin.code;
    return new TocsinClientError('UNRECOGNIZED', message, { ...details, retryable });
  }
  const code = codeOfStatus(status) ?? 'BAD_RESPONSE';
  return new TocsinClientError(code, `the answer has the status ${status} and is not one of Tocsin's`, {
    ...details,
    retryable,
  });
}

/** One event's refusal within an answer to many. */
export function errorFromItem(
  item: { readonly code: string; readonly message: string; readonly retryable: boolean },
  requestId: string | undefined,
): TocsinClientError {
  const { code, message, retryable } = item;
  return new TocsinClientError(isErrorCode(code) ? code : 'UNRECOGNIZED', message, { retryable, requestId });
}

/** Proxies and load balancers answer with these alone; what they mean is the same as in our own table. */
function codeOfStatus(status: number): ErrorCode | undefined {
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
