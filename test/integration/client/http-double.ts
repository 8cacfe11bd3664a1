import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A recorded request. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Responds to a request. If it throws, the response is 599, which no test expects. */
export type RequestResponder = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** A real HTTP server on its own port that records its requests. */
export interface HttpDouble extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

export async function httpDouble(answer: RequestResponder): Promise<HttpDouble> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      Promise.resolve(answer(one, response)).catch(() => response.writeHead(599).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Returns the events of a publishMany request. */
export function getEvents(
  request: SeenRequest,
): { event: string; idempotencyKey: string; data: { n: number } }[] {
  return (
    JSON.parse(request.body) as { events: { event: string; idempotencyKey: string; data: { n: number } }[] }
  ).events;
}

/** Accepts every event of a publishMany request. */
export function acceptAll(request: SeenRequest, response: ServerResponse): void {
  const data = getEvents(request).map(({ idempotencyKey }) => ({
    ok: true,
    id: `evt of ${idempotencyKey}`,
    deliveries: 2,
  }));
  json(response, 200, { result: { data } }, { 'x-request-id': 'req-1' });
}

/** An error response in the server's format. */
export function errorBody(code: string, httpStatus: number, more: object = {}): object {
  const tocsin = { code, retryable: httpStatus === 429 || httpStatus >= 500, requestId: 'req-7', ...more };
  return { error: { message: `rejected: ${code}`, code: -32000, data: { code: 'X', httpStatus, tocsin } } };
}
