import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { apiError } from '../../domain/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set for the methods that a path does not support. */
    readonly isMethodNotAllowed?: true;
  }
}

/**
 * Responds with 405 and `Allow` to methods that a path does not support. Fastify's default is a misleading
 * 404.
 */
export function rejectOtherMethods(app: FastifyInstance, url: string, allowed: readonly HTTPMethods[]): void {
  const isAllowed = (method: string) =>
    allowed.some((one) => one === method || (one === 'GET' && method === 'HEAD'));
  const reject = async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    const list = allowed.join(', ');
    reply.header('allow', list);
    throw apiError(
      'METHOD_NOT_ALLOWED',
      `Method ${request.method} is not allowed for this path. Allowed: ${list}`,
    );
  };
  app.route({
    method: app.supportedMethods.filter((method) => !isAllowed(method)),
    url,
    schema: { hide: true },
    config: { isMethodNotAllowed: true },
    // Before the body is parsed, because fastify rejects some methods without a body.
    onRequest: reject,
    handler: reject,
  });
}
