import { isTocsinError, apiError, type TocsinError } from '../../domain/errors.ts';
import { unsupportedMediaType } from './body-rules.ts';

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
      return unsupportedMediaType(error);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return apiError('INVALID_INPUT', 'the length of the body does not match Content-Length', error);
    // A QUERY request to a path without a route.
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return apiError('INVALID_INPUT', 'the request is not valid', error);
    default:
      return apiErrorFromStatus(error) ?? apiError('INTERNAL', internalErrorMessage, error);
  }
}

/** Errors that fastify and its plugins blame on the request. Callers can cause them, so they are no alarms. */
function apiErrorFromStatus(error: unknown): TocsinError | undefined {
  if (!(error instanceof Error && 'statusCode' in error)) return undefined;
  const { statusCode } = error;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined;
  return statusCode === 403 || statusCode === 404
    ? apiError('NOT_FOUND', 'there is nothing at this path', error)
    : apiError('INVALID_INPUT', 'the request is not valid', error);
}
