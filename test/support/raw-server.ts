import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** The connections, in order. With TLS, after their handshakes. */
  readonly sockets: readonly Socket[];
}

export interface RawServerOptions {
  /** Serves TLS with this certificate of `test/fixtures/tls`. */
  readonly certificate?: string;
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/** A server on a free port of loopback that does nothing by itself. */
export async function listen(
  onSocket: (socket: Socket) => void = () => undefined,
  { certificate, host = '127.0.0.1' }: RawServerOptions = {},
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const all = new Set<Socket>();
  const server: Server = certificate === undefined ? createServer() : createTlsServer(readTls(certificate));
  server.on('connection', (socket: Socket) => void all.add(socket));
  server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    onSocket(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  const close = async () => {
    for (const socket of [...sockets, ...all]) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  // `as`: it listens on TCP.
  return { port: (server.address() as AddressInfo).port, sockets, [Symbol.asyncDispose]: close };
}

function readTls(certificate: string): TlsOptions {
  const read = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
  return {
    cert: read(`${certificate}.cert.pem`),
    key: read('server.key.pem'),
    ALPNProtocols: ['h2', 'http/1.1'],
  };
}
