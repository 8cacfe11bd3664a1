import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** A real port of loopback. */
export interface Listener {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Answers requests to a port of loopback by a handler of web requests. */
export async function listenOnLoopback(
  port: number,
  handle: (request: Request) => Promise<Response>,
): Promise<Listener> {
  // Only loaded when a test asks for a port.
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    answer(request, response, handle).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${getPort(server)}`, close: () => close(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const chunks: Buffer[] = [];
  // `as`: without an encoding, chunks are buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const given = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
  const body = method === 'GET' || method === 'HEAD' ? {} : { body: Buffer.concat(chunks) };
  const answered = await handle(
    new Request(new URL(url, 'http://tocsin.test'), { method, headers: given, ...body }),
  );
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  if (answered.body === null) response.end();
  // `as`: the types of web streams of Node.js and of the DOM differ.
  else Readable.fromWeb(answered.body as Parameters<typeof Readable.fromWeb>[0]).pipe(response);
}

function getPort(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a server on a port has an address');
  return address.port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
