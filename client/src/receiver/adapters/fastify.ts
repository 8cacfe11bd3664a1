import { answerType, maxBodyBytesOf, receive, type ReceiverOptions, type WebhookHandler } from './receive.ts';
import type { WebhookHeaders } from '../request.ts';

/** The parts of a Fastify instance that are used. */
export interface FastifyInstance {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: unknown, body: Uint8Array, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  post(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): unknown;
}

/** The parts of Fastify's request that are used. */
export interface FastifyRequest {
  readonly headers: WebhookHeaders;
  readonly body: unknown;
}

/** The parts of Fastify's reply that are used. */
export interface FastifyReply {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: string): unknown;
}

/**
 * A Fastify plugin with one POST route. It has its own body parser, so routes outside it still get parsed JSON. What
 * the handler throws goes to Fastify's error handler.
 *
 * @example
 * await app.register(fastifyReceiver({ secret, path: '/webhooks' }, async (event) => {
 *   if (event.type === 'license.created') await mail(event.data.licenseKey);
 * }));
 */
export function fastifyReceiver(
  options: ReceiverOptions & {
    /** @default '/' (with `register(..., { prefix })` it is the prefix itself) */
    readonly path?: string | undefined;
  },
  handler: WebhookHandler,
): (instance: FastifyInstance) => Promise<void> {
  return async (instance) => {
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: maxBodyBytesOf(options) },
      (_request, body, done) => done(null, body),
    );
    instance.post(options.path ?? '/', async ({ headers, body }, reply) => {
      const bytes = body instanceof Uint8Array ? body : '';
      const answer = await receive({ headers, body: bytes }, options, handler);
      reply.code(answer.status);
      reply.headers(answerType);
      return reply.send(answer.body);
    });
  };
}
