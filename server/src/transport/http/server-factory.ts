import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionGuard } from './connection-guard.ts';

/** Time limits of a request, ms. SECURITY.md names them. */
export const requestTimeouts = {
  /** From the first byte, or from the connection for its first request, to the end of the headers. */
  headersMs: 10_000,
  /** From the first byte to the end of the body. */
  requestMs: 30_000,
  /** How often Node looks for requests that exceed these limits. */
  checkEveryMs: 1_000,
  /** Longer than the usual 60 s of load balancers, so that they never reuse a connection that is closing. */
  keepAliveMs: 65_000,
} as const;

export interface ServerFactoryDeps {
  readonly guard: ConnectionGuard;
  readonly onClientError: (error: Error & { code?: string }, socket: Socket) => void;
}

/**
 * Returns fastify's `serverFactory`. Fastify itself sets the timeouts after the server exists, so that
 * `headersTimeout` keeps its default of 60 s, above them. It also guards only the first of the servers that
 * `HOST=localhost` needs.
 */
export function createServerFactory({ guard, onClientError }: ServerFactoryDeps) {
  return (handler: (request: IncomingMessage, response: ServerResponse) => void): Server => {
    const server = createServer(
      {
        headersTimeout: requestTimeouts.headersMs,
        requestTimeout: requestTimeouts.requestMs,
        connectionsCheckingInterval: requestTimeouts.checkEveryMs,
        keepAliveTimeout: requestTimeouts.keepAliveMs,
      },
      handler,
    );
    guard.watch(server);
    // Node's default asks for the body before the caller is authenticated. See body-rules.ts.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(417, { connection: 'close' }).end();
    });
    server.on('clientError', onClientError);
    return server;
  };
}
