import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { apiError } from '../../domain/errors.ts';
import { authforgeDialect, authonDialect } from './dialect.ts';
import { sendApiError } from './errors.ts';

/*
 * Requests that reach no route. They get the same flat error body as all others, without the parser's
 * message.
 */

const errors: Readonly<Record<string, { readonly status: string; readonly message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: 'the request headers are too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'the request was not received in time',
  },
};

/**
 * Fastify's `clientErrorHandler`. The request could not be parsed, so the response is written to the socket.
 */
export function handleClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const { status, message } = errors[error.code ?? ''] ?? {
    status: '400 Bad Request',
    message: 'the request is not valid HTTP',
  };
  const body = JSON.stringify({ error: 'bad_request', message });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

/** Fastify's `frameworkErrors`: the path cannot be decoded, or a parameter exceeds the router's limit. */
export function handleFrameworkError(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  // No route was matched, so only the path shows which dialect the caller expects.
  const dialect = request.url.startsWith('/v1/admin/') ? authonDialect : authforgeDialect;
  void sendApiError(reply, apiError('INVALID_INPUT', 'the path is not valid'), dialect);
}
