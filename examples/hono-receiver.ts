import { serve } from '@hono/node-server';
import { honoReceiver } from '@tocsin/client/receiver';
import { Hono } from 'hono';
import { handle } from './handle.ts';

const app = new Hono();

app.post(
  '/webhooks',
  honoReceiver(
    {
      secret: process.env['WEBHOOK_SECRET'] ?? '',
      onFailure: (error) => console.warn('rejected:', error instanceof Error ? error.message : error),
    },
    handle,
  ),
);

serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 0), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`);
});
