import { isTocsinError, apiError, type TocsinError } from '../../domain/errors.ts';

/** What a caller is told of an error that came out of a route, or of fastify before it. A bug's own message stays in the logs. */
export function toApiError(error: unknown): TocsinError {
  if (isTocsinError(error)) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return apiError('PAYLOAD_TOO_LARGE', 'the request body is too large', error);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return apiError('INVALID_INPUT', 'the Content-Type must be application/json', error);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return apiError('INVALID_INPUT', 'the body is not as long as Content-Length says', error);
    // QUERY, which fastify routes like any method, to a path that is not there.
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return apiError('INVALID_INPUT', 'the request is not valid', error);
    default:
      return apiError('INTERNAL', 'an unexpected error happened; the request id finds it in the logs', error);
  }
}
