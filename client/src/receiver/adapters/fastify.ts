import {
  getMaxBodyBytes,
  jsonHeaders,
  receive,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceiverAdapter,
} from './receive.ts';
import type { WebhookHeaders } from '../request.ts';

/** The parts of a Fastify instance that the adapter uses. */
export interface FastifyInstance {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: unknown, body: Uint8Array, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  post(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): unknown;
}

/** The parts of Fastify's request that the adapter uses. */
export interface FastifyRequest {
  readonly headers: WebhookHeaders;
  readonly body: unknown;
}

/** The parts of Fastify's reply that the adapter uses. */
export interface FastifyReply {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: string): unknown;
}

/** The options of `fastifyReceiver` beside those of all adapters. */
export interface RouteOptions {
  /**
   * Path of the route, relative to the prefix of `register`.
   * @default '/'
   */
  readonly path?: string | undefined;
}

/**
 * Creates a Fastify plugin with one POST route. The plugin has its own body parser; other routes still get
 * parsed JSON. Errors of the handler go to Fastify's error handler.
 *
 * @param options the secret, the profile and the path of the route
 * @param handler called with each verified event
 * @example
 * await app.register(fastifyReceiver({ secret, path: '/webhooks' }, async (event) => {
 *   if (event.type === 'license.created') await mail(event.data.licenseKey);
 * }));
 */
export const fastifyReceiver: ReceiverAdapter<(instance: FastifyInstance) => Promise<void>, RouteOptions> =
  (options: AnyReceiverOptions & RouteOptions, handler: AnyWebhookHandler) =>
  async (instance: FastifyInstance) => {
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: getMaxBodyBytes(options) },
      (_request, body, done) => done(null, body),
    );
    instance.post(options.path ?? '/', async ({ headers, body }, reply) => {
      const bytes = body instanceof Uint8Array ? body : '';
      const response = await receive({ headers, body: bytes }, options, handler);
      reply.code(response.status);
      reply.headers(jsonHeaders);
      return reply.send(response.body);
    });
  };
