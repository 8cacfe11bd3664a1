import { TRPCClientError } from '@trpc/client';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { errorTable, isErrorCode } from '@tocsin/shared';
import type { ClientErrorCode, TocsinClientError } from '../errors.ts';
import type { AppRouter, TocsinErrorData, TrpcErrorShape } from './app-router.ts';

/** Converts an error of the client to one of `@trpc/client`, with the data that the server's errors have. */
export function toTrpcError(error: TocsinClientError, path: string): TRPCClientError<AppRouter> {
  const { code, message, httpStatus } = error;
  const key = toTrpcCode(code);
  const tocsin: TocsinErrorData = { code, retryable: error.retryable };
  if (code === 'UNRECOGNIZED' && error.serverCode !== undefined) tocsin.serverCode = error.serverCode;
  if (error.requestId !== undefined) tocsin.requestId = error.requestId;
  if (error.retryAfterMs !== undefined) tocsin.retryAfterSeconds = error.retryAfterMs / 1000;
  if (error.problems.length > 0) tocsin.errors = error.problems;
  const shape: TrpcErrorShape = {
    message,
    code: TRPC_ERROR_CODES_BY_KEY[key],
    data: { code: key, httpStatus: httpStatus ?? toHttpStatus(code), path, tocsin },
  };
  // The signal's reason, by which callers recognize that they aborted the call themselves.
  const cause = code === 'ABORTED' && error.cause instanceof Error ? error.cause : error;
  return new TRPCClientError(message, { result: { error: shape }, cause });
}

type TrpcCode = TrpcErrorShape['data']['code'];

function toTrpcCode(code: ClientErrorCode): TrpcCode {
  if (isErrorCode(code)) return errorTable[code].trpc;
  switch (code) {
    case 'TOKEN_UNAVAILABLE':
      return 'UNAUTHORIZED';
    case 'TIMEOUT':
      return 'TIMEOUT';
    case 'ABORTED':
    case 'CLOSED':
      return 'CLIENT_CLOSED_REQUEST';
    case 'NETWORK':
    case 'QUEUE_FULL':
      return 'SERVICE_UNAVAILABLE';
    default:
      return 'INTERNAL_SERVER_ERROR';
  }
}

/** The status that an error has without a response, such as one event's error in a response to many. */
function toHttpStatus(code: ClientErrorCode): number {
  if (isErrorCode(code)) return errorTable[code].http;
  switch (code) {
    case 'TOKEN_UNAVAILABLE':
      return 401;
    case 'TIMEOUT':
      return 408;
    case 'ABORTED':
    case 'CLOSED':
      return 499;
    case 'NETWORK':
    case 'QUEUE_FULL':
      return 503;
    default:
      return 500;
  }
}
