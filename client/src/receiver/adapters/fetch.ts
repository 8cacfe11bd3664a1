import {
  getMaxBodyBytes,
  jsonHeaders,
  receive,
  reject,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceiverAdapter,
} from './receive.ts';
import type { FetchRequest } from '../request.ts';
import { WebhookVerificationError } from '../verification-error.ts';
import { concatBytes } from './concat-bytes.ts';

/** A Fetch `Request` whose body is a stream. */
export type StreamingRequest = FetchRequest & { readonly body: ReadableStream<Uint8Array> | null };

/**
 * Creates a handler for runtimes with Fetch: Cloudflare Workers, Deno, Bun, Next.js route handlers. Rejects
 * with the error of `handler`, which the runtime handles.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @example
 * export const POST = fetchReceiver({ secret: env.WEBHOOK_SECRET }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * });
 */
export const fetchReceiver: ReceiverAdapter<(request: StreamingRequest) => Promise<Response>> =
  (options: AnyReceiverOptions, handler: AnyWebhookHandler) => async (request: StreamingRequest) => {
    const response = await receiveStream(request, options, handler);
    return new Response(response.body, { status: response.status, headers: jsonHeaders });
  };

async function receiveStream(
  request: StreamingRequest,
  options: AnyReceiverOptions,
  handler: AnyWebhookHandler,
) {
  const { headers } = request;
  if (request.bodyUsed || request.body === null) return receive(request, options, handler);
  const body = await readUpTo(request.body, getMaxBodyBytes(options));
  return body instanceof Error
    ? reject(body, { headers, body: '' }, options)
    : receive({ headers, body }, options, handler);
}

async function readUpTo(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array | Error> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      size += step.value.length;
      if (size > limit) {
        await reader.cancel();
        return new WebhookVerificationError('BODY_TOO_LARGE', `the body exceeds ${limit} bytes`);
      }
      chunks.push(step.value);
    }
  } catch (cause) {
    return new WebhookVerificationError(
      'BODY_UNREADABLE',
      'the connection broke while the body was read',
      cause,
    );
  }
  return concatBytes(chunks, size);
}
