import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { apiError, type TocsinError } from '../../domain/errors.ts';
import { tooLarge } from './body-reader.ts';
import type { ConnectionGuard } from './connection-guard.ts';

/**
 * Rules for the bodies of all routes. A route authenticates in its `onRequest` hook, which runs before these.
 *
 * - A body of another type than JSON, a compressed body and a body above the limit are refused unread.
 * - A caller that waits with its body (`Expect: 100-continue`) is asked for it only after that.
 * - A response that is sent before the body was received closes the connection, so that the server does not
 *   receive the rest. Authenticated callers keep the connection if the rest is within the limit.
 */
export function registerBodyRules(app: FastifyInstance, guard: ConnectionGuard): void {
  app.addHook('preParsing', (request, reply, _payload, done) => {
    if (request.caller !== undefined) guard.markAuthenticated(request.raw);
    if (request.is404 || !hasBody(request.raw)) return done();
    const error = checkBody(request);
    if (error !== undefined) reply.header('connection', 'close');
    else if (request.headers.expect !== undefined) reply.raw.writeContinue();
    return done(error);
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    closeIfUnread(request, reply);
    done();
  });
}

/** Closes the connection after the response if the rest of the body should not be received. */
export function closeIfUnread(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  if (raw.complete || !hasBody(raw)) return;
  const isBounded = Number(raw.headers['content-length']) <= request.routeOptions.bodyLimit;
  if (request.caller === undefined || !isBounded) reply.header('connection', 'close');
}

function checkBody(request: FastifyRequest): TocsinError | undefined {
  const { headers } = request;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') return unsupportedMediaType();
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    return apiError('INVALID_INPUT', 'the body must not be compressed; omit Content-Encoding');
  }
  return Number(headers['content-length']) > request.routeOptions.bodyLimit ? tooLarge() : undefined;
}

/** AuthForge's contract lists its statuses, and 415 is not one of them. */
export function unsupportedMediaType(cause?: unknown): TocsinError {
  return apiError('INVALID_INPUT', 'the Content-Type must be application/json', cause);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}
