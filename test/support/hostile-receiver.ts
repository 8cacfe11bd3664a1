import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/**
 * What a receiver does with a connection. Runs when the whole request has come in, unless it is
 * `onConnection`.
 */
export type Behavior = (socket: Socket, request: string) => void;

export interface HostileReceiverOptions {
  /** Runs as soon as a connection is there; the request is then not read. */
  readonly onConnection?: Behavior;
  readonly onRequest?: Behavior;
  /** Serve TLS with this certificate of `test/fixtures/tls`. */
  readonly certificate?: 'valid' | 'expired' | 'wrong-host' | 'self-signed';
  /** Requires a certificate that this authority (PEM) signed. Only with `certificate`. */
  readonly clientAuthority?: string;
  /** Protocols of TLS (ALPN). Only with `certificate`. @default none */
  readonly protocols?: readonly string[];
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/** A receiver that speaks raw bytes on a real socket, and counts what is opened to it. */
export class HostileReceiver implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The TCP connections below them. */
  readonly #tcpSockets = new Set<Socket>();
  readonly #scheme: 'http' | 'https';
  /** Every request received, head and body, in order. */
  readonly requests: string[] = [];
  /** The names that clients asked for in their TLS greeting. */
  readonly serverNames: (string | undefined)[] = [];
  connections = 0;
  bytesWritten = 0;

  private constructor(options: HostileReceiverOptions) {
    this.#scheme = options.certificate === undefined ? 'http' : 'https';
    const accept = (socket: Socket): void => this.#accept(socket, options);
    this.#server =
      options.certificate === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer(
            {
              cert: readFixture(`${options.certificate}.cert.pem`),
              key: readFixture('server.key.pem'),
              ...(options.clientAuthority !== undefined && {
                requestCert: true,
                ca: options.clientAuthority,
              }),
              ...(options.protocols !== undefined && { ALPNProtocols: [...options.protocols] }),
              SNICallback: (name, done) => {
                this.serverNames.push(name);
                done(null);
              },
            },
            accept,
          );
    // Counts TCP connections also when no TLS comes of them.
    this.#server.on('connection', (socket: Socket) => {
      this.connections++;
      this.#tcpSockets.add(socket);
      socket.once('close', () => this.#tcpSockets.delete(socket));
    });
    this.#server.on('tlsClientError', () => {});
  }

  static async listen(options: HostileReceiverOptions | Behavior): Promise<HostileReceiver> {
    const normal = typeof options === 'function' ? { onRequest: options } : options;
    const receiver = new HostileReceiver(normal);
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      receiver.#server.listen(0, normal.host ?? '127.0.0.1', resolve);
    });
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return this.originFor('127.0.0.1');
  }

  originFor(host: string): string {
    return `${this.#scheme}://${host}:${this.port}`;
  }

  /** Connections that neither side has closed. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Reads and discards all data: an unread socket does not notice that the other side has closed. */
  readOn(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  /** Resets all connections, also below TLS, where the client sees an error of the socket. */
  reset(): void {
    for (const socket of this.#tcpSockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket, options: HostileReceiverOptions): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.bytesWritten += socket.bytesWritten;
      this.#sockets.delete(socket);
    });
    socket.on('error', () => {});
    if (options.onConnection !== undefined) {
      options.onConnection(socket, '');
      return;
    }
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      for (let end = endOfRequest(received); end !== undefined; end = endOfRequest(received)) {
        const request = received.slice(0, end);
        received = received.slice(end);
        this.requests.push(request);
        options.onRequest?.(socket, request);
      }
    });
  }
}

/** Answers `text` and leaves the connection open. */
export function answer(text: string | Buffer): Behavior {
  return (socket) => socket.write(text);
}

/** Answers `text` and closes in order (FIN). */
export function answerAndEnd(text: string | Buffer): Behavior {
  return (socket) => socket.end(text);
}

/** Answers `text` and then resets the connection (RST). */
export function answerAndReset(text: string): Behavior {
  return (socket) => {
    if (text === '') socket.resetAndDestroy();
    // The text must have left before the reset, which throws away what has not.
    else socket.write(text, () => soon(() => socket.resetAndDestroy()));
  };
}

/**
 * Runs after the next turn of the event loop, in which this process also reads what its sockets have. Unlike a
 * timer, it comes before the timers of a request that a busy machine has delayed.
 */
export function soon(action: () => void): void {
  setImmediate(() => setImmediate(action));
}

/** Answers `head` and then `piece` again and again, as fast as it is taken. */
export function answerWithoutEnd(head: string, piece: Buffer | string): Behavior {
  return (socket) => {
    const pour = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.write(head);
    socket.on('drain', pour);
    pour();
  };
}

/** Answers `head` and then `piece` every `everyMs`. */
export function answerSlowly(head: string, piece: string, everyMs: number): Behavior {
  return (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(piece), everyMs);
    socket.once('close', () => clearInterval(timer));
  };
}

function readFixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
}

function endOfRequest(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head + 2))?.[1] ?? 0);
  const end = head + 4 + length;
  return text.length >= end ? end : undefined;
}
