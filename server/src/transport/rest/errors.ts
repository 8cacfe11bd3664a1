import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { isTocsinError, refuse, type TocsinError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports.ts';
import type { Dialect } from './dialect.ts';

/** Bodies of the REST errors, for OpenAPI. */
export const flatError = z.object({ error: z.string(), message: z.string() });

/** Answers every refusal below this scope in one dialect; anything else is a bug, logged and not shown. */
export function speak(app: FastifyInstance, dialect: Dialect, log: Log): void {
  app.setErrorHandler((error, request, reply) => {
    const refusal = toRefusal(error);
    if (refusal.code === 'INTERNAL') {
      log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'request failed');
    }
    return send(reply, refusal, dialect);
  });
  app.setNotFoundHandler((request, reply) =>
    send(reply, refuse('NOT_FOUND', `no route ${request.method} ${pathOf(request)}`), dialect),
  );
}

export function send(reply: FastifyReply, refusal: TocsinError, dialect: Dialect): FastifyReply {
  if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', String(refusal.retryAfterSeconds));
  return reply
    .code(refusal.httpStatus)
    .type('application/json')
    .send(JSON.stringify(dialect.errorBody(refusal)));
}

function toRefusal(error: unknown): TocsinError {
  if (isTocsinError(error)) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse('PAYLOAD_TOO_LARGE', 'the request body is too large', error);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refuse('INVALID_INPUT', 'the Content-Type must be application/json', error);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return refuse('INVALID_INPUT', 'the body is not as long as Content-Length says', error);
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return refuse('INVALID_INPUT', 'the request is not valid', error);
    default:
      return refuse('INTERNAL', 'an unexpected error happened; the request id finds it in the logs', error);
  }
}

/** Without its query, which may hold what should not be repeated. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 200) ?? '';
}
