import { maxHeaderSize } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { errorTable } from '@tocsin/shared';
import { apiError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { ConnectionCloseCause, ConnectionMeter } from '../../domain/ports/telemetry.ts';
import { closeIfUnread } from '../http/body-rules.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import { authforgeDialect, authonDialect } from './dialect.ts';
import { sendApiError } from './errors.ts';
import { sendProblem } from './v2/problem-details.ts';
import { apiPrefix } from './v2/routes.ts';

/*
 * Requests that reach no route. They get the same flat error body as all others, without the parser's
 * message.
 */

const errors: Readonly<Record<string, { readonly status: string; readonly message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    message: `the URL and the headers exceed ${maxHeaderSize} bytes`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    message: 'the request was not received in time',
  },
};

/** An error of Node's HTTP parser. */
interface ParserError extends Error {
  readonly code?: string;
  /** The last piece of the request. It has the request line only if the headers arrived in one piece. */
  readonly rawPacket?: Buffer;
}

export interface ClientErrorDeps {
  readonly guard: Pick<ConnectionGuard, 'hasStartedResponse'>;
  readonly meter: ConnectionMeter;
  readonly log: Log;
}

/**
 * Returns the handler of requests that could not be parsed or did not arrive in time. It writes the response
 * to the socket and destroys it: a peer that never closes its side would otherwise keep it open.
 */
export function createClientErrorHandler({ guard, meter, log }: ClientErrorDeps) {
  return (error: ParserError, socket: Socket): void => {
    const cause = toCloseCause(error.code);
    meter.countClosedConnection(cause);
    // Anyone can cause this, so it is no warning.
    log.debug({ code: error.code, cause }, 'a request did not arrive completely');
    if (cause === 'aborted' || !socket.writable || guard.hasStartedResponse(socket)) {
      socket.destroy();
      return;
    }
    socket.write(toResponse(error));
    socket.destroySoon();
  };
}

function toCloseCause(code: string | undefined): ConnectionCloseCause {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
    case 'HPE_INVALID_EOF_STATE':
      return 'aborted';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'slow_request';
    default:
      return 'invalid';
  }
}

function toResponse({ code, rawPacket }: ParserError): string {
  const { status, message } = errors[code ?? ''] ?? {
    status: '400 Bad Request',
    message: 'the request is not valid HTTP',
  };
  const isTrpc = /^[A-Z]+ \/trpc\//.test(rawPacket?.toString('latin1', 0, 16) ?? '');
  const remedy = code === 'HPE_HEADER_OVERFLOW' ? `; ${trpcRemedy}` : '';
  const body = JSON.stringify(
    isTrpc
      ? toTrpcBody(Number.parseInt(status, 10), `${message}${remedy}`)
      : { error: 'bad_request', message },
  );
  return (
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
    `Connection: close\r\n\r\n${body}`
  );
}

const trpcRemedy = 'send fewer calls in a batch, for example with maxURLLength: 8000 in the batch link';

/** The error shape of tRPC, in which its client finds the message. */
function toTrpcBody(httpStatus: number, message: string): object {
  const { trpc, retryable } = errorTable.INVALID_INPUT;
  const tocsin = { code: 'INVALID_INPUT', retryable };
  // -32600 is the number of BAD_REQUEST in JSON-RPC.
  return { error: { message, code: -32600, data: { code: trpc, httpStatus, tocsin } } };
}

/** Fastify's `frameworkErrors`: the path cannot be decoded, or a parameter exceeds the router's limit. */
export function handleFrameworkError(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  closeIfUnread(request, reply);
  const error = apiError('INVALID_INPUT', 'the path is not valid');
  // No route was matched, so only the path shows which form of errors the caller expects.
  if (request.url.startsWith('/trpc/')) {
    const body = JSON.stringify(toTrpcBody(error.httpStatus, error.message));
    void reply.code(error.httpStatus).type('application/json').send(body);
    return;
  }
  if (request.url.startsWith(`${apiPrefix}/`)) {
    void sendProblem(request, reply, error);
    return;
  }
  const dialect = request.url.startsWith('/v1/admin/') ? authonDialect : authforgeDialect;
  void sendApiError(reply, error, dialect);
}
