import { joined } from './fetch.ts';
import {
  answerType,
  maxBodyBytesOf,
  receive,
  refuse,
  type Answer,
  type ReceiverOptions,
  type WebhookHandler,
} from './receive.ts';
import type { WebhookHeaders, WebhookRequest } from '../request.ts';
import { WebhookVerificationError } from '../verification-error.ts';

/** The parts of Node's `IncomingMessage` that are used, and what Express and other frameworks add to it. */
export interface NodeRequest {
  readonly headers: WebhookHeaders;
  /** True once the stream was read to its end, by a body parser for example. */
  readonly readableEnded: boolean;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  /** What a body parser left: bytes of `express.raw()`, text of `express.text()`, or an object, which is too late. */
  readonly body?: unknown;
  /** The bytes as some platforms keep them beside the parsed body, Google Cloud Functions for one. */
  readonly rawBody?: unknown;
}

/** The parts of Node's `ServerResponse` that are used. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/**
 * A listener for `node:http`. When the handler throws, the sender is answered 500 and `onFailure` is told.
 *
 * @example
 * createServer(nodeReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * })).listen(3000);
 */
export function nodeReceiver(
  options: ReceiverOptions,
  handler: WebhookHandler,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  return async (request, response) => {
    const raw = await rawRequest(request, options);
    try {
      send(
        response,
        raw instanceof Error
          ? await refuse(raw, blank(request), options)
          : await receive(raw, options, handler),
      );
    } catch (error) {
      send(response, await refuse(error, raw instanceof Error ? blank(request) : raw, options));
    }
  };
}

/**
 * An Express handler (4 and 5). Put it before `express.json()`, or behind `express.raw()`: what is signed are the bytes
 * of the body, and a parsed body has lost them. What the handler throws goes to `next`.
 *
 * @example
 * app.post('/webhooks', expressReceiver({ secret }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * }));
 * app.use(express.json());
 */
export function expressReceiver(
  options: ReceiverOptions,
  handler: WebhookHandler,
): (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      const raw = await rawRequest(request, options);
      send(
        response,
        raw instanceof Error
          ? await refuse(raw, blank(request), options)
          : await receive(raw, options, handler),
      );
    } catch (error) {
      next(error);
    }
  };
}

function send(response: NodeResponse, answer: Answer): void {
  // After 413 the rest of the body is still coming; closing says that nobody reads it.
  response.writeHead(answer.status, { ...answerType, ...(answer.status === 413 && { connection: 'close' }) });
  response.end(answer.body);
}

function blank({ headers }: NodeRequest): WebhookRequest {
  return { headers, body: '' };
}

async function rawRequest(request: NodeRequest, options: ReceiverOptions): Promise<WebhookRequest | Error> {
  const { headers } = request;
  for (const kept of [request.rawBody, request.body]) {
    if (typeof kept === 'string' || kept instanceof Uint8Array) return { headers, body: kept };
  }
  // Express 4 sets `body` to {} before anything is read, so an object alone does not mean that it is too late.
  if (request.readableEnded) {
    return new WebhookVerificationError(
      'BODY_NOT_RAW',
      'the body was parsed before; verify before express.json()',
    );
  }
  const body = await readUpTo(request, maxBodyBytesOf(options));
  return body instanceof Error ? body : { headers, body };
}

function readUpTo(request: NodeRequest, limit: number): Promise<Uint8Array | Error> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      // Goes on listening without keeping anything: an unread body would keep the answer from being read.
      if (size <= limit) chunks.push(chunk);
      else resolve(new WebhookVerificationError('BODY_TOO_LARGE', `the body is over ${limit} bytes`));
    });
    request.on('end', () => resolve(joined(chunks, Math.min(size, limit))));
    const broken = () => resolve(new WebhookVerificationError('BODY_UNREADABLE', 'the body broke off'));
    request.on('error', broken);
    request.on('close', broken);
  });
}
