import { WebhookVerificationError } from '../verification-error.ts';
import { getMaxBodyBytes, limitBody, tooLarge } from './body-limit.ts';
import { requireValidOptions } from './check-options.ts';
import { readBody, toResponse } from './fetch.ts';
import {
  receive,
  toReceived,
  withArguments,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceiverAdapter,
} from './receive.ts';

/** The parts of Hono's context that the adapter uses. */
export interface HonoContext {
  readonly req: {
    readonly raw: {
      readonly headers: { get(name: string): string | null };
      readonly body?: ReadableStream<Uint8Array> | null | undefined;
      readonly bodyUsed?: boolean | undefined;
    };
    arrayBuffer(): Promise<ArrayBuffer>;
  };
}

/**
 * Creates a Hono handler. It also works behind middleware that has read the body through Hono. Errors of the
 * handler go to `app.onError`.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * app.post('/webhooks', honoReceiver({ secret }, async (event) => {
 *   if (event.type === 'license.revoked') await lock(event.data.licenseKey);
 * }));
 * @example
 * const secret = (context: Context<{ Bindings: Env }>) => context.env.WEBHOOK_SECRET;
 */
export const honoReceiver: ReceiverAdapter<
  (context: HonoContext) => Promise<Response>,
  [context: HonoContext]
> = (options: AnyReceiverOptions<[context: HonoContext]>, handler: AnyWebhookHandler) => {
  requireValidOptions(options, handler);
  return async (context: HonoContext) => {
    const bound = withArguments(options, [context]);
    const body = await readHonoBody(context, getMaxBodyBytes(bound));
    return toResponse(await receive(toReceived(context.req.raw.headers, body), bound, handler));
  };
};

async function readHonoBody(
  { req }: HonoContext,
  limit: number,
): Promise<Uint8Array | WebhookVerificationError> {
  const { headers, body: stream, bodyUsed } = req.raw;
  if (stream && bodyUsed !== true) return readBody(stream, headers, limit);
  // Middleware has read the body, and Hono keeps it.
  if (Number(headers.get('content-length')) > limit) return tooLarge(limit);
  try {
    return limitBody(new Uint8Array(await req.arrayBuffer()), limit);
  } catch (cause) {
    return new WebhookVerificationError('BODY_UNREADABLE', 'the body could not be read', cause);
  }
}
