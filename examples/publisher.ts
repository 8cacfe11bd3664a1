/*
 * A minimal license service: POST /licenses/{key}/revoke revokes a license and publishes license.revoked.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTocsinClient, isTocsinClientError } from '@tocsin/client';

const tocsin = createTocsinClient({
  url: process.env['TOCSIN_URL'] ?? 'http://127.0.0.1:4400',
  token: process.env['TOCSIN_TOKEN'] ?? '',
  logger: console,
});

const server = createServer((request, response) => {
  const licenseKey = /^\/licenses\/([\w-]+)\/revoke$/.exec(request.url ?? '')?.[1];
  if (request.method !== 'POST' || licenseKey === undefined) {
    response.writeHead(404).end();
    return;
  }
  revoke(licenseKey).then(
    (eventId) => response.writeHead(200).end(JSON.stringify({ licenseKey, eventId })),
    (error: unknown) => {
      // 503 tells the caller that a retry may succeed.
      const retryable = isTocsinClientError(error) && error.retryable;
      console.error('not published', error);
      response.writeHead(retryable ? 503 : 500).end();
    },
  );
});

async function revoke(licenseKey: string): Promise<string> {
  // A license is revoked once. The key makes repeated requests publish the event only once.
  const { id } = await tocsin.publish('license.revoked', {
    appId: 'app_xyz789',
    data: { licenseKey, status: 'revoked' },
    idempotencyKey: `revoke-${licenseKey}`,
  });
  return id;
}

server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

process.once('SIGTERM', () => {
  // Graceful shutdown: first the open requests, then the events that they have published.
  server.close(() => void tocsin.close());
});
