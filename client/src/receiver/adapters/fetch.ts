import {
  answerType,
  maxBodyBytesOf,
  receive,
  refuse,
  type ReceiverOptions,
  type WebhookHandler,
} from './receive.ts';
import type { FetchRequest } from '../request.ts';
import { WebhookVerificationError } from '../verification-error.ts';

/** A Fetch `Request` with its body as a stream. */
export type StreamingRequest = FetchRequest & { readonly body: ReadableStream<Uint8Array> | null };

/**
 * A receiver for everything that speaks Fetch: Cloudflare Workers, Deno, Bun, Next.js route handlers. What the handler
 * throws is passed on to the runtime.
 *
 * @example
 * export const POST = fetchReceiver({ secret: env.WEBHOOK_SECRET }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * });
 */
export function fetchReceiver(
  options: ReceiverOptions,
  handler: WebhookHandler,
): (request: StreamingRequest) => Promise<Response> {
  return async (request) => {
    const answer = await receiveStream(request, options, handler);
    return new Response(answer.body, { status: answer.status, headers: answerType });
  };
}

async function receiveStream(request: StreamingRequest, options: ReceiverOptions, handler: WebhookHandler) {
  const { headers } = request;
  if (request.bodyUsed || request.body === null) return receive(request, options, handler);
  const body = await readUpTo(request.body, maxBodyBytesOf(options));
  return body instanceof Error
    ? refuse(body, { headers, body: '' }, options)
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
        return new WebhookVerificationError('BODY_TOO_LARGE', `the body is over ${limit} bytes`);
      }
      chunks.push(step.value);
    }
  } catch (cause) {
    return new WebhookVerificationError('BODY_UNREADABLE', 'the body broke off', cause);
  }
  return joined(chunks, size);
}

export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
