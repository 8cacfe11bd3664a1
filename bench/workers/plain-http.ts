import { connect, type Socket } from 'node:net';

/*
 * A client for POST requests by hand on plain sockets: with undici the publisher took more than twice as much CPU, and it
 * shares the machine with what it measures.
 */

export interface PlainAnswer {
  readonly status: number;
  readonly text: string;
}

export interface PlainHttp extends AsyncDisposable {
  /** Waits for a free connection. `head` is as `headOf` makes it; the body is ASCII. */
  post(head: string, body: string): Promise<PlainAnswer>;
}

/** What a request begins with; its length and its body follow. */
export function headOf(url: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${lines.join('')}content-length: `;
}

/** Keeps `connections` open to a server on this machine, one request at a time on each. */
export function openPlainHttp(url: string, connections: number): PlainHttp {
  const { hostname, port } = new URL(url);
  const all: Connection[] = [];
  const free: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];

  const take = (): Connection | Promise<Connection> => {
    const connection = free.pop();
    if (connection !== undefined) return connection;
    if (all.length === connections) return new Promise((resolve) => waiting.push(resolve));
    const made = new Connection(connect({ host: hostname, port: Number(port), noDelay: true }));
    all.push(made);
    return made;
  };
  const giveBack = (connection: Connection): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else next(connection);
  };
  return {
    async post(head, body) {
      const connection = await take();
      const answer = await connection.ask(`${head}${body.length}\r\n\r\n${body}`);
      giveBack(connection);
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      for (const connection of all) connection.end();
    },
  };
}

class Connection {
  readonly #socket: Socket;
  #received = '';
  #asked: { resolve: (answer: PlainAnswer) => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    // One byte, one character: lengths are then those of Content-Length.
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#asked?.reject(error));
    socket.on('close', () => this.#asked?.reject(new Error('the server closed the connection')));
  }

  ask(request: string): Promise<PlainAnswer> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#socket.write(request, 'latin1');
    });
  }

  end(): void {
    this.#asked = undefined;
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
    this.#asked?.resolve({ status: Number(head.slice(9, 12)), text: body.text });
  }
}

interface Body {
  readonly text: string;
  readonly end: number;
}

/** Undefined while something is missing. */
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
