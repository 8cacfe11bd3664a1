import { isTRPCClientError, type TRPCClientError } from '@trpc/client';
import type { ErrorCode } from '@tocsin/shared';
import type { AppRouter } from '@tocsin/server/api';

/** An error response of the server, or `NETWORK` if there was no response. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode | 'NETWORK';
  readonly requestId: string | undefined;

  constructor(code: ErrorCode | 'NETWORK', message: string, requestId?: string) {
    super(message);
    this.code = code;
    this.requestId = requestId;
  }
}

/** Converts any error of a query or mutation into one that can be displayed. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isTRPCClientError(error)) {
    const { data, message } = error as TRPCClientError<AppRouter>;
    const details = data?.tocsin;
    if (details) return new ApiError(details.code, message, details.requestId);
  }
  return new ApiError(
    'NETWORK',
    'The server did not respond. It may be restarting, or the connection is down.',
  );
}

const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
};

/** Reads an error response of `/session`, which is a REST endpoint. */
export async function apiErrorFromResponse(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const message =
    typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
      ? body.message
      : `the server responded with status ${response.status}`;
  return new ApiError(
    codeByStatus[response.status] ?? 'INTERNAL',
    message,
    response.headers.get('x-request-id') ?? undefined,
  );
}
