import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface PublishedEvent {
  readonly appId: string;
  readonly event: string;
  readonly idempotencyKey: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A server that accepts events, or cannot be used at the moment. */
export interface FakeTocsin {
  readonly url: string;
  readonly published: readonly PublishedEvent[];
  isAway: boolean;
  close(): Promise<void>;
}

export async function startFakeTocsin(): Promise<FakeTocsin> {
  const published: PublishedEvent[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (fake.isAway) {
        response.writeHead(503).end();
        return;
      }
      // `as`: a request of the client.
      const { events } = JSON.parse(body) as { events: PublishedEvent[] };
      published.push(...events);
      const data = events.map(({ idempotencyKey }) => ({ ok: true, id: idempotencyKey, deliveries: 1 }));
      response.end(JSON.stringify({ result: { data } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeTocsin = {
    // `as`: a server that listens on a port has this form.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    published,
    isAway: false,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}
