import type { FetchRequest, WebhookHeaders } from '../request.ts';
import type { WebhookVerificationError } from '../verification-error.ts';
import { getMaxBodyBytes, tooLarge } from './body-limit.ts';
import { requireValidOptions } from './check-options.ts';
import {
  jsonHeaders,
  receive,
  toReceived,
  withArguments,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceivedRequest,
  type ReceiverAdapter,
} from './receive.ts';
import { readWebStream } from './web-stream.ts';

/** A Fetch `Request` whose body is a stream. */
export type StreamingRequest = FetchRequest & { readonly body: ReadableStream<Uint8Array> | null };

/** What a runtime calls a Fetch handler with: the request, and for example the `env` of a worker. */
export type FetchArguments = [request: StreamingRequest, ...rest: unknown[]];

/**
 * Creates a handler for runtimes with Fetch: Cloudflare Workers, Deno, Bun. Rejects with the error of `handler`,
 * which the runtime handles.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * Deno.serve(fetchReceiver({ secret: Deno.env.get('WEBHOOK_SECRET') ?? '' }, async (event) => {
 *   if (event.type === 'user.ban') await lock(event.data.userId);
 * }));
 * @example
 * const secret = (request: Request, env: Env) => env.WEBHOOK_SECRET;
 * export default { fetch: fetchReceiver({ secret }, handler) };
 */
export const fetchReceiver: ReceiverAdapter<
  (...args: FetchArguments) => Promise<Response>,
  FetchArguments
> = (options: AnyReceiverOptions<FetchArguments>, handler: AnyWebhookHandler) => {
  requireValidOptions(options, handler);
  return async (...args: FetchArguments) => {
    const [request] = args;
    const bound = withArguments(options, args);
    // Without a stream, or with one that was read, the request reads its body itself, or says why it cannot.
    const received: ReceivedRequest =
      request.bodyUsed || request.body === null
        ? { request }
        : toReceived(request.headers, await readBody(request.body, request.headers, getMaxBodyBytes(bound)));
    return toResponse(await receive(received, bound, handler));
  };
};

/** Reads a body up to a limit. Does not begin if the header `content-length` is above the limit. */
export async function readBody(
  stream: ReadableStream<Uint8Array>,
  headers: WebhookHeaders & { get(name: string): string | null },
  limit: number,
): Promise<Uint8Array | WebhookVerificationError> {
  if (Number(headers.get('content-length')) <= limit) return readWebStream(stream, limit);
  void stream.cancel().catch(() => undefined);
  return tooLarge(limit);
}

/** Creates the response of a Fetch handler. */
export function toResponse({ status, body }: { readonly status: number; readonly body: string }): Response {
  return new Response(body, { status, headers: jsonHeaders });
}
