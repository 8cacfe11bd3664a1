import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { apiError } from '../../domain/errors.ts';
import { authforgeDialect, authonDialect } from './dialect.ts';
import { send } from './errors.ts';

/* Requests that reach no route: they get the same flat body as all others, and no word of the parser's. */

const answers: Readonly<Record<string, readonly [string, string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the request headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not come in time'],
};

/** What is not HTTP: there is no request to answer, only a socket to write to. */
export function answerNotHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, message] = answers[error.code ?? ''] ?? ['400 Bad Request', 'the request is not valid HTTP'];
  const body = JSON.stringify({ error: 'bad_request', message });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

/** A path that cannot be decoded, or with a longer parameter than the router takes. */
export function answerBadPath(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  // No route was found, so nothing but the text of the path tells whose contract is meant.
  const dialect = request.url.startsWith('/v1/admin/') ? authonDialect : authforgeDialect;
  void send(reply, apiError('INVALID_INPUT', 'the path is not valid'), dialect);
}
