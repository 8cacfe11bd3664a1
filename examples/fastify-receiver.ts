import { fastifyReceiver } from '@tocsin/client/receiver';
import fastify from 'fastify';
import { handle } from './handle.ts';

const app = fastify();

await app.register(
  fastifyReceiver(
    {
      secret: process.env['WEBHOOK_SECRET'] ?? '',
      path: '/webhooks',
      onFailure: (error) => console.warn('rejected:', error instanceof Error ? error.message : error),
    },
    handle,
  ),
);

console.log(
  `listening on ${await app.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1' })}`,
);
