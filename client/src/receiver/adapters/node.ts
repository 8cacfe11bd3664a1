import { findBytes } from '../bytes.ts';
import type { WebhookHeaders } from '../request.ts';
import { WebhookVerificationError } from '../verification-error.ts';
import { getMaxBodyBytes, limitBody } from './body-limit.ts';
import { requireValidOptions } from './check-options.ts';
import { readNodeStream, type NodeStream } from './node-stream.ts';
import {
  jsonHeaders,
  receive,
  reject,
  toReceived,
  withArguments,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceivedRequest,
  type ReceiverAdapter,
  type ReceiverResponse,
} from './receive.ts';

/** The parts of Node's `IncomingMessage` that the adapter uses, and those that frameworks add to it. */
export interface NodeRequest extends NodeStream {
  readonly headers: WebhookHeaders;
  /** Whether the stream was read to its end, for example by a body parser. */
  readonly readableEnded: boolean;
  /**
   * The result of a body parser: bytes of `express.raw()`, text of `express.text()`, or an object, which is
   * too late.
   */
  readonly body?: unknown;
  /** The raw body, which some platforms, such as Google Cloud Functions, keep beside the parsed one. */
  readonly rawBody?: unknown;
}

/** The parts of Node's `ServerResponse` that the adapter uses. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
  /** Whether other code, such as a timeout, has responded. */
  readonly headersSent?: boolean | undefined;
}

/** A request handler of Express. */
export type ExpressHandler = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

/**
 * Creates a listener for `node:http`, and for API routes of Next.js without their body parser. If the handler
 * throws, the sender gets 500 and `onFailure` the error.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * createServer(nodeReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * })).listen(3000);
 */
export const nodeReceiver: ReceiverAdapter<
  (request: NodeRequest, response: NodeResponse) => Promise<void>,
  [request: NodeRequest]
> = (options: AnyReceiverOptions<[request: NodeRequest]>, handler: AnyWebhookHandler) => {
  requireValidOptions(options, handler);
  return async (request: NodeRequest, response: NodeResponse) => {
    const bound = withArguments(options, [request]);
    const received = await readRequest(request, bound);
    try {
      send(response, await receive(received, bound, handler));
    } catch (error) {
      send(response, await reject(error, received.request, bound));
    }
  };
};

/**
 * Creates a handler for Express 4 and 5. Place it before `express.json()` or behind `express.raw()`, because
 * the signature covers the bytes of the body and a parsed body has lost them. Errors of the handler go to
 * `next`.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * app.post('/webhooks', expressReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * }));
 * app.use(express.json());
 */
export const expressReceiver: ReceiverAdapter<ExpressHandler, [request: NodeRequest]> = (
  options: AnyReceiverOptions<[request: NodeRequest]>,
  handler: AnyWebhookHandler,
) => {
  requireValidOptions(options, handler);
  return async (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => {
    try {
      const bound = withArguments(options, [request]);
      send(response, await receive(await readRequest(request, bound), bound, handler));
    } catch (error) {
      next(error);
    }
  };
};

function send(response: NodeResponse, { status, body }: ReceiverResponse): void {
  if (response.headersSent === true) return;
  // After 413 the sender is still sending the body. Closing the connection tells it to stop.
  response.writeHead(status, { ...jsonHeaders, ...(status === 413 && { connection: 'close' }) });
  response.end(body);
}

async function readRequest(request: NodeRequest, options: AnyReceiverOptions): Promise<ReceivedRequest> {
  const limit = getMaxBodyBytes(options);
  for (const kept of [request.rawBody, request.body]) {
    const body = typeof kept === 'string' ? kept : findBytes(kept);
    if (body !== undefined) return toReceived(request.headers, limitBody(body, limit));
  }
  // Express 4 sets `body` to {} before it is read, so an object alone does not mean that the bytes are lost.
  const body = request.readableEnded
    ? new WebhookVerificationError(
        'BODY_NOT_RAW',
        'the body was already parsed; verify before express.json()',
      )
    : await readNodeStream(request, limit);
  return toReceived(request.headers, body);
}
