import { isTocsinError, apiError, type TocsinError } from '../../domain/errors.ts';

export const internalErrorMessage = 'an unexpected error occurred; search the logs for the request id';

/**
 * Converts an error of a route, or of fastify before it, to the error that callers receive. Hides the message
 * of an unexpected error.
 */
export function toApiError(error: unknown): TocsinError {
  if (isTocsinError(error)) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return apiError('PAYLOAD_TOO_LARGE', 'the request body is too large', error);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return apiError('INVALID_INPUT', 'the Content-Type must be application/json', error);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return apiError('INVALID_INPUT', 'the length of the body does not match Content-Length', error);
    // A QUERY request to a path without a route.
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return apiError('INVALID_INPUT', 'the request is not valid', error);
    default:
      return apiError('INTERNAL', internalErrorMessage, error);
  }
}
