import { explainFailure, expressReceiver } from '@tocsin/client/receiver';
import express from 'express';
import type { AddressInfo } from 'node:net';
import { handle } from './handle.ts';

const secret = process.env['WEBHOOK_SECRET'] ?? '';
const app = express();

// Before express.json(), because the signature covers the bytes of the body.
app.post(
  '/webhooks',
  expressReceiver(
    {
      secret,
      onFailure: async (error, request) => {
        console.warn('rejected:', error instanceof Error ? error.message : error);
        // In development only, because the explanation would help an attacker.
        if (process.env['NODE_ENV'] === 'development')
          console.warn(await explainFailure(request, { secret }));
      },
    },
    handle,
  ),
);
app.use(express.json());

const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
