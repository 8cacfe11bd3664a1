import { connect, type Socket } from 'node:net';

/*
 * A minimal client for POST requests on plain sockets. The publisher shares the machine with the measured
 * server, and undici would use more than twice as much CPU time.
 */

export interface PlainResponse {
  readonly status: number;
  readonly text: string;
}

export interface PlainHttp extends AsyncDisposable {
  /** Waits for a free connection. `head` comes from `toRequestHead`. The body must be ASCII. */
  post(head: string, body: string): Promise<PlainResponse>;
}

/** The start of a request, up to the value of Content-Length. */
export function toRequestHead(url: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${lines.join('')}content-length: `;
}

/** Opens up to `connections` to a server on this machine, with one request at a time on each. */
export function openPlainHttp(url: string, connections: number): PlainHttp {
  const { hostname, port } = new URL(url);
  const all: Connection[] = [];
  const free: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];

  const take = (): Connection | Promise<Connection> => {
    const connection = free.pop();
    if (connection !== undefined) return connection;
    if (all.length === connections) return new Promise((resolve) => waiting.push(resolve));
    const created = new Connection(connect({ host: hostname, port: Number(port), noDelay: true }));
    all.push(created);
    return created;
  };
  const release = (connection: Connection): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else next(connection);
  };
  return {
    async post(head, body) {
      const connection = await take();
      const response = await connection.send(`${head}${body.length}\r\n\r\n${body}`);
      release(connection);
      return response;
    },
    [Symbol.asyncDispose]: async () => {
      for (const connection of all) connection.end();
    },
  };
}

class Connection {
  readonly #socket: Socket;
  #received = '';
  #pending: { resolve: (response: PlainResponse) => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    // One character per byte, so that string lengths match Content-Length.
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#pending?.reject(error));
    socket.on('close', () => this.#pending?.reject(new Error('the server closed the connection')));
  }

  send(request: string): Promise<PlainResponse> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(request, 'latin1');
    });
  }

  end(): void {
    this.#pending = undefined;
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd);
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    const body =
      length === undefined
        ? chunked(this.#received, headEnd + 4)
        : sized(this.#received, headEnd + 4, Number(length));
    if (body === undefined) return;
    this.#received = this.#received.slice(body.end);
    this.#pending?.resolve({ status: Number(head.slice(9, 12)), text: body.text });
  }
}

interface Body {
  readonly text: string;
  readonly end: number;
}

/** Returns undefined while the body is incomplete. */
function sized(received: string, start: number, length: number): Body | undefined {
  const end = start + length;
  return received.length < end ? undefined : { text: received.slice(start, end), end };
}

function chunked(received: string, start: number): Body | undefined {
  let text = '';
  for (let at = start; ;) {
    const sizeEnd = received.indexOf('\r\n', at);
    if (sizeEnd === -1) return undefined;
    const size = Number.parseInt(received.slice(at, sizeEnd), 16);
    const chunkEnd = sizeEnd + 2 + size;
    if (received.length < chunkEnd + 2) return undefined;
    if (size === 0) return { text, end: chunkEnd + 2 };
    text += received.slice(sizeEnd + 2, chunkEnd);
    at = chunkEnd + 2;
  }
}
