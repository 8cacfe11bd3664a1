import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TocsinClient } from '@tocsin/client';
import { createOutbox, mongoOutboxStore } from '@tocsin/client/outbox';
import type { MongoClient } from 'mongodb';
import { createApi } from './api.ts';
import type { Shop } from './catalog.ts';
import { createOrders } from './orders.ts';

export interface ShopOptions {
  /** Of a replica set, because of the transactions. */
  readonly mongo: MongoClient;
  readonly database: string;
  readonly tocsin: TocsinClient<Shop>;
  readonly appId: string;
  /** @default any free port */
  readonly port?: number;
}

export interface RunningShop {
  readonly url: string;
  /** Answers open requests and publishes the event in flight. Others stay in the outbox until the next start. */
  readonly close: () => Promise<void>;
}

/** Starts the HTTP interface, and the relay that publishes what the outbox holds. */
export async function startShop({
  mongo,
  database,
  tocsin,
  appId,
  port = 0,
}: ShopOptions): Promise<RunningShop> {
  const db = mongo.db(database);
  const outbox = createOutbox({ client: tocsin, store: mongoOutboxStore(db) });
  // In each process of the service: one of them publishes.
  const relay = outbox.relay({
    lagAlertMs: 60_000,
    onLag: (report) => console.warn('events wait in the outbox', report),
  });
  const orders = createOrders({ mongo, db, outbox, appId });
  const api = createApi({
    orders,
    getHealth: async () => ({ outbox: await outbox.stats() }),
    getMetrics: () => outbox.metricsText(),
  });
  const server = await listen(() => api.listen(port, '127.0.0.1'));
  return {
    // `as`: a server that listens on a port has this form.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await stop(server);
      await relay.close();
      await tocsin.close();
      await mongo.close();
    },
  };
}

function listen(start: () => Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = start();
    server.once('listening', () => resolve(server));
    server.once('error', reject);
  });
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await closed;
}
