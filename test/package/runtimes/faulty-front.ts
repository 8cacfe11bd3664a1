import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** After how many messages of a stream `cut` ends the connection, for the first connections of a runtime. */
const cuts = [3, 5];

/**
 * A server in front of another one, with faults. The path of a request is `/<runtime>/<fault>/...`:
 *
 * - `reset`, `hang`, `redirect`, `text`: what always happens instead of a response of the server
 * - `faulty`: responds with 503, then loses the response of the server, then passes everything on
 * - `cut`: ends the first responses in their middle
 */
export class FaultyFront implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: string;
  /** Requests so far, by runtime and fault. */
  readonly #counts = new Map<string, number>();

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
  }

  static async start(target: string): Promise<FaultyFront> {
    const server = createServer();
    const front = new FaultyFront(server, target);
    server.on('request', (request, response) => front.#handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  /** Returns the URL of the server behind the faults for one runtime. */
  urlFor(runtime: string): string {
    // `as`: a server that listens on a port has this form.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${runtime}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const [, runtime = '', fault = '', ...rest] = (request.url ?? '').split('/');
    const key = `${runtime}/${fault}`;
    const index = this.#counts.get(key) ?? 0;
    this.#counts.set(key, index + 1);
    const path = `/${rest.join('/')}`;
    if (fault === 'reset') request.socket.destroy();
    else if (fault === 'redirect') response.writeHead(307, { location: `${this.#target}${path}` }).end();
    else if (fault === 'text') response.end('not a server of Tocsin');
    else if (fault === 'faulty' && index === 0) response.writeHead(503).end();
    else if (fault === 'faulty') this.#forward(path, request, response, index === 1 ? 0 : undefined);
    else if (fault === 'cut') this.#forward(path, request, response, cuts[index]);
    // Any other path hangs.
  }

  /**
   * @param messages after how many messages of server-sent events the connection ends, whatever else has arrived with
   *   them, or undefined for never
   */
  #forward(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    messages: number | undefined,
  ): void {
    const { method, headers } = request;
    const forwarded = send(`${this.#target}${path}`, { method, headers }, (answer) => {
      let left = messages ?? Number.POSITIVE_INFINITY;
      const cut = () => request.socket.destroy();
      if (left === 0) {
        // The server has done its work.
        answer.resume().once('end', cut);
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on('data', (piece: Buffer) => {
        const whole = takeMessages(piece, left);
        left -= whole.messages;
        response.write(whole.bytes);
        if (left === 0) cut();
      });
      answer.once('end', () => response.end());
      answer.on('error', cut);
    });
    forwarded.on('error', () => request.socket.destroy());
    response.once('close', () => forwarded.destroy());
    request.pipe(forwarded);
  }
}

/** Returns the start of a piece that has at most so many messages. An empty line ends a message. */
function takeMessages(piece: Buffer, most: number): { readonly bytes: Buffer; readonly messages: number } {
  let messages = 0;
  let end = 0;
  while (messages < most) {
    const next = piece.indexOf('\n\n', end);
    if (next === -1) return { bytes: piece, messages };
    messages += 1;
    end = next + 2;
  }
  return { bytes: piece.subarray(0, end), messages };
}
