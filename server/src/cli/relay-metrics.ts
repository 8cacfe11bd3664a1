import { createServer } from 'node:http';
import { UsageError } from './command.ts';

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** @throws UsageError if the text is no address with a port */
export function toMetricsAddress(text: string): MetricsAddress {
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) {
    throw new UsageError('--metrics: must be a host and a port, such as 127.0.0.1:9464 or 0.0.0.0:9464');
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1', port: Number(port) };
}

/** Serves `/metrics` until it is disposed. The address has the port that was chosen for port 0. */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  read: () => Promise<string>,
): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end('GET /metrics\n');
      return;
    }
    read().then(
      (text) => response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8').end(text),
      // A missing value, unlike an old one, is seen by the monitor.
      () => response.writeHead(503).end('the database of the outbox does not respond\n'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new UsageError(`--metrics: ${error.message}`)));
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return {
    address: `${host}:${typeof bound === 'object' && bound !== null ? bound.port : port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
