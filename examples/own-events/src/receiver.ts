import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { nodeReceiver, type WebhookEvent } from '@tocsin/client/receiver';
import { acme, type Acme } from './catalog.ts';

/** Returns a sentence for each event. The compiler knows the `data` of each case. */
export function describe(event: WebhookEvent<Acme>): string {
  switch (event.type) {
    case 'invoice.paid':
      return `${event.data.invoiceId} is paid: ${event.data.amount / 100} ${event.data.currency}`;
    case 'invoice.refunded':
      return `${event.data.invoiceId} is refunded: ${event.data.amount / 100}`;
    case 'unknown':
      // An event, or a shape of one, that is newer than this catalog.
      return `${event.eventType} is not known here`;
  }
}

/** Receives the events of a webhook. Requests that do not verify get 401. */
export function createReceiver(
  getSecret: () => string,
  onEvent: (event: WebhookEvent<Acme>) => void,
): Server {
  const receive = nodeReceiver<typeof acme>({ secret: getSecret, catalog: acme }, (event) => onEvent(event));
  return createServer((request, response) => void receive(request, response));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const secret = process.env['WEBHOOK_SECRET'] ?? '';
  const server = createReceiver(
    () => secret,
    (event) => console.log(describe(event)),
  );
  server.listen(Number(process.env['PORT'] ?? 4500), '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}
