import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Clock } from '../../server/src/domain/ports/runtime.ts';

const wallClock: Clock = { now: () => Date.now() };

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Arrival time, epoch ms. */
  readonly at: number;
}

/** The response of a fake. `status` alone is a response without a body. */
export interface FakeResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface FakeDestination extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
  readonly requests: readonly ReceivedRequest[];
}

/** Starts an HTTP server on its own port that records its requests. Disposing it closes all its sockets. */
export async function startFakeDestination(
  respond: (request: ReceivedRequest) => FakeResponse,
  clock: Clock = wallClock,
): Promise<FakeDestination> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    // Fails if the caller disconnects while it sends its body.
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await receive(incoming, clock.now());
    requests.push(request);
    const { status, headers = {}, body = '' } = respond(request);
    outgoing.writeHead(status, headers).end(body);
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function receive(incoming: IncomingMessage, at: number): Promise<ReceivedRequest> {
  const url = new URL(incoming.url ?? '/', 'http://fake');
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: await text(incoming),
    at,
  };
}

/** Parses a JSON text; undefined if it is not valid. JSON itself has no undefined. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function codePoints(value: string): number {
  return Array.from(value).length;
}

export function unknownKeys(value: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !known.includes(key));
}
