import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { apiError } from '../../domain/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path has no such method: whether what it names is there is not asked. */
    readonly refusesMethod?: true;
  }
}

/** Answers 405 with `Allow` for the methods that a path does not have, instead of a 404 that sends people searching. */
export function onlyAllow(app: FastifyInstance, url: string, allowed: readonly HTTPMethods[]): void {
  const isAllowed = (method: string) =>
    allowed.some((one) => one === method || (one === 'GET' && method === 'HEAD'));
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', allowed.join(', '));
    throw apiError(
      'METHOD_NOT_ALLOWED',
      `${request.method} is not among this path's methods: ${allowed.join(', ')}`,
    );
  };
  app.route({
    method: app.supportedMethods.filter((method) => !isAllowed(method)),
    url,
    schema: { hide: true },
    config: { refusesMethod: true },
    // Before the body is looked at, since fastify refuses some methods without one by itself.
    onRequest: answer,
    handler: answer,
  });
}
