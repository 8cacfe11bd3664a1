import {
  answerType,
  maxBodyBytesOf,
  receive,
  refuse,
  type ReceiverOptions,
  type WebhookHandler,
} from './receive.ts';
import { WebhookVerificationError } from '../verification-error.ts';

/** The parts of Hono's context that are used. */
export interface HonoContext {
  readonly req: {
    readonly raw: { readonly headers: { get(name: string): string | null } };
    arrayBuffer(): Promise<ArrayBuffer>;
  };
}

/**
 * A Hono handler. Reads the body through Hono, so that it also works behind a middleware that has read it. What the
 * handler throws goes to `app.onError`.
 *
 * @example
 * app.post('/webhooks', honoReceiver({ secret }, async (event) => {
 *   if (event.type === 'license.revoked') await lock(event.data.licenseKey);
 * }));
 */
export function honoReceiver(
  options: ReceiverOptions,
  handler: WebhookHandler,
): (context: HonoContext) => Promise<Response> {
  return async ({ req }) => {
    const { headers } = req.raw;
    const limit = maxBodyBytesOf(options);
    // Hono reads the whole body at once, so a body that says its size is refused before, and any other after.
    const answer =
      Number(headers.get('content-length')) > limit
        ? await refuse(tooLarge(limit), { headers, body: '' }, options)
        : await receiveBytes(await req.arrayBuffer(), headers);
    return new Response(answer.body, { status: answer.status, headers: answerType });

    async function receiveBytes(body: ArrayBuffer, headers: { get(name: string): string | null }) {
      if (body.byteLength > limit) return refuse(tooLarge(limit), { headers, body: '' }, options);
      return receive({ headers, body }, options, handler);
    }
  };
}

function tooLarge(limit: number): WebhookVerificationError {
  return new WebhookVerificationError('BODY_TOO_LARGE', `the body is over ${limit} bytes`);
}
