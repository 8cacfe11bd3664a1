import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expressReceiver } from '@tocsin/client/receiver';
import express from 'express';
import type { MongoClient } from 'mongodb';
import { handleEvent } from './handle-event.ts';
import { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { Shop } from './shop-events.gen.ts';

export interface BillingOptions {
  readonly mongo: MongoClient;
  readonly database: string;
  /** The secrets of the webhook: one, or two while it is rotated. */
  readonly secrets: readonly string[];
  readonly log: Log;
  /** @default any free port */
  readonly port?: number;
}

export interface RunningBilling {
  readonly url: string;
  /** Completes the requests that have arrived. */
  readonly close: () => Promise<void>;
}

/** Starts the receiver of the webhook, and the balances that it keeps. */
export async function startBilling({
  mongo,
  database,
  secrets,
  log,
  port = 0,
}: BillingOptions): Promise<RunningBilling> {
  const ledger = new Ledger(mongo.db(database));
  await ledger.prepare();
  const app = express();
  // Before any body parser, because the signature covers the bytes of the body.
  app.post(
    '/webhooks',
    expressReceiver<Shop>(
      {
        secrets,
        types: ['order.paid', 'order.refunded'],
        onFailure: (error) => log.warn('rejected:', error instanceof Error ? error.message : error),
      },
      (event) => handleEvent(event, { ledger, log }),
    ),
  );
  app.get('/balances/:customerId', async (request, response) => {
    response.json(await ledger.getBalances(request.params.customerId));
  });
  const server = await listen(() => app.listen(port, '127.0.0.1'));
  return {
    // `as`: a server that listens on a port has this form.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await stop(server);
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
