import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** Where a CONNECT leads: a port of loopback, a status without a tunnel, raw text, or no answer. */
export type ConnectAnswer =
  | { readonly port: number }
  | { readonly status: number }
  | { readonly text: string }
  | 'hang';

export interface ConnectProxyOptions {
  readonly answer: (authority: string) => ConnectAnswer;
  /** Asks for these credentials, `user:password`. */
  readonly credentials?: string;
  /** Serves TLS, for `localhost` and 127.0.0.1. @default false */
  readonly isTls?: boolean;
  /** @default a free port */
  readonly port?: number;
}

/** A small HTTP proxy on loopback that opens tunnels (CONNECT). */
export class ConnectProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The heads of all requests, in order. */
  readonly heads: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(options: ConnectProxyOptions): Promise<ConnectProxy> {
    const server = options.isTls === true ? createTlsServer(readCertificate()) : createServer();
    const proxy = new ConnectProxy(server);
    server.on(options.isTls === true ? 'secureConnection' : 'connection', (socket: Socket) =>
      proxy.#serve(socket, options),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    // A server that listens on TCP has an address and a port.
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the requests asked for: `host:port`. */
  get authorities(): string[] {
    return this.heads.map((head) => head.split(' ')[1] ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, options: ConnectProxyOptions): void {
    this.#keep(socket);
    let received = '';
    const onData = (bytes: Buffer): void => {
      received += bytes.toString('latin1');
      if (!received.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      this.heads.push(received);
      this.#answer(socket, received, options);
    };
    socket.on('data', onData);
  }

  #answer(socket: Socket, head: string, { answer, credentials }: ConnectProxyOptions): void {
    const expected = credentials === undefined ? '' : Buffer.from(credentials).toString('base64');
    if (credentials !== undefined && !head.includes(`\r\nproxy-authorization: Basic ${expected}\r\n`)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
      return;
    }
    const way = answer(head.split(' ')[1] ?? '');
    if (way === 'hang') return;
    if ('status' in way) socket.end(`HTTP/1.1 ${way.status} No\r\ncontent-length: 0\r\n\r\n`);
    else if ('text' in way) socket.write(way.text);
    else {
      const receiver = connect(way.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\nvia: 1.1 proxy\r\n\r\n');
        socket.pipe(receiver).pipe(socket);
      });
      this.#keep(receiver);
      receiver.once('close', () => socket.destroy());
      socket.once('close', () => receiver.destroy());
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}

function readCertificate() {
  const read = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
  return { cert: read('valid.cert.pem'), key: read('server.key.pem') };
}
