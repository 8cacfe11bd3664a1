import { isTRPCClientError, type TRPCClientError } from '@trpc/client';
import type { ErrorCode } from '@tocsin/shared';
import type { AppRouter } from '@tocsin/server/api';

/** Why the server said no, or `NETWORK` when it said nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode | 'NETWORK';
  readonly requestId: string | undefined;

  constructor(code: ErrorCode | 'NETWORK', message: string, requestId?: string) {
    super(message);
    this.code = code;
    this.requestId = requestId;
  }
}

/** Any error that a query or a call ends with, as something that can be shown. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isTRPCClientError(error)) {
    const { data, message } = error as TRPCClientError<AppRouter>;
    const told = data?.tocsin;
    if (told) return new Refusal(told.code, message, told.requestId);
  }
  return new Refusal(
    'NETWORK',
    'The server did not answer. It may be restarting, or the connection is down.',
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

/** From an answer of `/session`, which speaks REST. */
export async function refusalFrom(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => undefined);
  const message =
    typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
      ? body.message
      : `the server answered ${response.status}`;
  return new Refusal(
    codeByStatus[response.status] ?? 'INTERNAL',
    message,
    response.headers.get('x-request-id') ?? undefined,
  );
}
