import { concatBytes } from './concat-bytes.ts';
import {
  getMaxBodyBytes,
  jsonHeaders,
  receive,
  reject,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceiverAdapter,
  type ReceiverResponse,
} from './receive.ts';
import type { WebhookHeaders, WebhookRequest } from '../request.ts';
import { WebhookVerificationError } from '../verification-error.ts';

/** The parts of Node's `IncomingMessage` that the adapter uses, and those that frameworks add to it. */
export interface NodeRequest {
  readonly headers: WebhookHeaders;
  /** Whether the stream was read to its end, for example by a body parser. */
  readonly readableEnded: boolean;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
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
}

/** A request handler of Express. */
export type ExpressHandler = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

/**
 * Creates a listener for `node:http`. If the handler throws, the sender gets 500 and `onFailure` the error.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @example
 * createServer(nodeReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * })).listen(3000);
 */
export const nodeReceiver: ReceiverAdapter<(request: NodeRequest, response: NodeResponse) => Promise<void>> =
  (options: AnyReceiverOptions, handler: AnyWebhookHandler) =>
  async (request: NodeRequest, response: NodeResponse) => {
    const raw = await readRequest(request, options);
    try {
      send(
        response,
        raw instanceof Error
          ? await reject(raw, withoutBody(request), options)
          : await receive(raw, options, handler),
      );
    } catch (error) {
      send(response, await reject(error, raw instanceof Error ? withoutBody(request) : raw, options));
    }
  };

/**
 * Creates a handler for Express 4 and 5. Place it before `express.json()` or behind `express.raw()`, because
 * the signature covers the bytes of the body and a parsed body has lost them. Errors of the handler go to
 * `next`.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @example
 * app.post('/webhooks', expressReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * }));
 * app.use(express.json());
 */
export const expressReceiver: ReceiverAdapter<ExpressHandler> =
  (options: AnyReceiverOptions, handler: AnyWebhookHandler) =>
  async (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => {
    try {
      const raw = await readRequest(request, options);
      send(
        response,
        raw instanceof Error
          ? await reject(raw, withoutBody(request), options)
          : await receive(raw, options, handler),
      );
    } catch (error) {
      next(error);
    }
  };

function send(response: NodeResponse, { status, body }: ReceiverResponse): void {
  // After 413 the sender is still sending the body. Closing the connection tells it to stop.
  response.writeHead(status, { ...jsonHeaders, ...(status === 413 && { connection: 'close' }) });
  response.end(body);
}

function withoutBody({ headers }: NodeRequest): WebhookRequest {
  return { headers, body: '' };
}

async function readRequest(
  request: NodeRequest,
  options: AnyReceiverOptions,
): Promise<WebhookRequest | Error> {
  const { headers } = request;
  for (const body of [request.rawBody, request.body]) {
    if (typeof body === 'string' || body instanceof Uint8Array) return { headers, body };
  }
  // Express 4 sets `body` to {} before it is read, so an object alone does not mean that the bytes are lost.
  if (request.readableEnded) {
    return new WebhookVerificationError(
      'BODY_NOT_RAW',
      'the body was already parsed; verify before express.json()',
    );
  }
  const body = await readUpTo(request, getMaxBodyBytes(options));
  return body instanceof Error ? body : { headers, body };
}

function readUpTo(request: NodeRequest, limit: number): Promise<Uint8Array | Error> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      // Keeps reading beyond the limit, because the sender may not read the response before the body is sent.
      if (size <= limit) chunks.push(chunk);
      else resolve(new WebhookVerificationError('BODY_TOO_LARGE', `the body exceeds ${limit} bytes`));
    });
    request.on('end', () => resolve(concatBytes(chunks, Math.min(size, limit))));
    const onBroken = () => {
      const message = 'the connection broke while the body was read';
      resolve(new WebhookVerificationError('BODY_UNREADABLE', message));
    };
    request.on('error', onBroken);
    request.on('close', onBroken);
  });
}
