import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { apiError, type TocsinError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { toApiError } from '../http/to-api-error.ts';
import type { SendNotFoundPage } from '../routes/admin-assets.ts';
import type { Dialect } from './dialect.ts';

/** The body of an error outside Authon's contract. */
export const errorSchema = z.object({
  error: z.string().describe('Error code.'),
  message: z.string().describe('The error as a sentence.'),
});

/** The error responses that every route can return, for OpenAPI. */
export function errorResponses<TBody extends z.ZodType>(body: TBody) {
  return { 400: body, 401: body, 403: body, 404: body, 413: body, 429: body, 503: body };
}

/**
 * Sends every error in this scope in the given dialect. Logs unexpected errors and hides their messages from
 * callers.
 *
 * @param sendNotFoundPage what browsers get for unknown paths, in place of an error
 */
export function setDialectErrorHandler(
  app: FastifyInstance,
  dialect: Dialect,
  log: Log,
  sendNotFoundPage: SendNotFoundPage = () => undefined,
): void {
  app.setErrorHandler((cause, request, reply) => {
    const error = toApiError(cause);
    if (error.code === 'INTERNAL') {
      log.error({ err: cause, requestId: request.id, route: request.routeOptions.url }, 'request failed');
    }
    return sendApiError(reply, error, dialect);
  });
  app.setNotFoundHandler((request, reply) => {
    const page = sendNotFoundPage(request, reply);
    if (page !== undefined) return page;
    const error = apiError('NOT_FOUND', `no route ${request.method} ${getPath(request)}`);
    return sendApiError(reply, error, dialect);
  });
}

export function sendApiError(reply: FastifyReply, error: TocsinError, dialect: Dialect): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  return reply
    .code(error.httpStatus)
    .type('application/json')
    .send(JSON.stringify(dialect.errorBody(error)));
}

/** The path without its query, which may contain secrets. */
export function getPath(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 200) ?? '';
}
