import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { apiError, type TocsinError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { toApiError } from '../http/to-api-error.ts';
import type { Dialect } from './dialect.ts';

/** Bodies of the REST errors, for OpenAPI. */
export const flatError = z.object({ error: z.string(), message: z.string() });

/** Ways in which any call can be refused, for OpenAPI: `body` is how a dialect words them. */
export function errorResponses<TBody extends z.ZodType>(body: TBody) {
  return { 400: body, 401: body, 403: body, 404: body, 413: body, 429: body, 503: body };
}

/** Answers every refusal below this scope in one dialect; anything else is a bug, logged and not shown. */
export function setDialectErrorHandler(app: FastifyInstance, dialect: Dialect, log: Log): void {
  app.setErrorHandler((error, request, reply) => {
    const refusal = toApiError(error);
    if (refusal.code === 'INTERNAL') {
      log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'request failed');
    }
    return send(reply, refusal, dialect);
  });
  app.setNotFoundHandler((request, reply) =>
    send(reply, apiError('NOT_FOUND', `no route ${request.method} ${getPath(request)}`), dialect),
  );
}

export function send(reply: FastifyReply, refusal: TocsinError, dialect: Dialect): FastifyReply {
  if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', String(refusal.retryAfterSeconds));
  return reply
    .code(refusal.httpStatus)
    .type('application/json')
    .send(JSON.stringify(dialect.errorBody(refusal)));
}

/** Without its query, which may hold what should not be repeated. */
function getPath(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 200) ?? '';
}
