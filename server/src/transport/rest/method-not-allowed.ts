import type { FastifyInstance, HTTPMethods } from 'fastify';
import { refuse } from '../../domain/errors.ts';

const all: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Answers 405 with `Allow` for the methods that a path does not have, instead of a 404 that sends people searching. */
export function onlyAllow(app: FastifyInstance, url: string, allowed: readonly HTTPMethods[]): void {
  app.route({
    method: all.filter((method) => !allowed.includes(method)),
    url,
    schema: { hide: true },
    handler: (request, reply) => {
      reply.header('allow', allowed.join(', '));
      throw refuse(
        'METHOD_NOT_ALLOWED',
        `${request.method} is not among this path's methods: ${allowed.join(', ')}`,
      );
    },
  });
}
