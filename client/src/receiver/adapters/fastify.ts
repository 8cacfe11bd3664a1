import { findBytes } from '../bytes.ts';
import type { WebhookHeaders } from '../request.ts';
import { isWebhookVerificationError, WebhookVerificationError } from '../verification-error.ts';
import { getMaxBodyBytes } from './body-limit.ts';
import { requireValidOptions } from './check-options.ts';
import { readNodeStream, type NodeStream } from './node-stream.ts';
import {
  jsonHeaders,
  receive,
  toReceived,
  withArguments,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceiverAdapter,
} from './receive.ts';

/** The parts of a Fastify instance that the adapter uses. */
export interface FastifyInstance {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: NodeStream) => Promise<unknown>,
  ): unknown;
  setErrorHandler(
    handler: (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
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
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * await app.register(fastifyReceiver({ secret, path: '/webhooks' }, async (event) => {
 *   if (event.type === 'license.created') await mail(event.data.licenseKey);
 * }));
 */
export const fastifyReceiver: ReceiverAdapter<
  (instance: FastifyInstance) => Promise<void>,
  [request: FastifyRequest],
  RouteOptions
> = (options: AnyReceiverOptions<[request: FastifyRequest]> & RouteOptions, handler: AnyWebhookHandler) => {
  requireValidOptions(options, handler);
  const limit = getMaxBodyBytes(options);
  const respond = async (
    request: FastifyRequest,
    reply: FastifyReply,
    body: Uint8Array | WebhookVerificationError,
  ) => {
    const bound = withArguments(options, [request]);
    const response = await receive(toReceived(request.headers, body), bound, handler);
    reply.code(response.status);
    // After 413 the sender is still sending the body. Closing the connection tells it to stop.
    reply.headers({ ...jsonHeaders, ...(response.status === 413 && { connection: 'close' }) });
    return reply.send(response.body);
  };
  return async (instance: FastifyInstance) => {
    instance.removeAllContentTypeParsers();
    // Without `parseAs`, because Fastify would respond to a body above the limit by itself.
    instance.addContentTypeParser('*', (_request, payload) => readNodeStream(payload, limit));
    instance.post(options.path ?? '/', (request, reply) => {
      const { body } = request;
      return respond(
        request,
        reply,
        isWebhookVerificationError(body) ? body : (findBytes(body) ?? new Uint8Array()),
      );
    });
    instance.setErrorHandler(async (error, request, reply) => {
      // Other errors go to the error handler of the app.
      if (!isParserError(error)) throw error;
      const message = 'Fastify could not read the body';
      return respond(request, reply, new WebhookVerificationError('BODY_UNREADABLE', message, error));
    });
  };
};

/** Whether Fastify rejects a request before it calls a route, such as for its Content-Type. */
function isParserError(error: unknown): boolean {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('FST_ERR_CTP_');
}
