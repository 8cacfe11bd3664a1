import {
  getMaxBodyBytes,
  jsonHeaders,
  receive,
  reject,
  type AnyReceiverOptions,
  type AnyWebhookHandler,
  type ReceiverAdapter,
} from './receive.ts';
import { WebhookVerificationError } from '../verification-error.ts';

/** The parts of Hono's context that the adapter uses. */
export interface HonoContext {
  readonly req: {
    readonly raw: { readonly headers: { get(name: string): string | null } };
    arrayBuffer(): Promise<ArrayBuffer>;
  };
}

/**
 * Creates a Hono handler. Reads the body through Hono, so it also works behind middleware that has read the
 * body. Errors of the handler go to `app.onError`.
 *
 * @param options the secret and the profile
 * @param handler called with each verified event
 * @example
 * app.post('/webhooks', honoReceiver({ secret }, async (event) => {
 *   if (event.type === 'license.revoked') await lock(event.data.licenseKey);
 * }));
 */
export const honoReceiver: ReceiverAdapter<(context: HonoContext) => Promise<Response>> =
  (options: AnyReceiverOptions, handler: AnyWebhookHandler) =>
  async ({ req }: HonoContext) => {
    const { headers } = req.raw;
    const limit = getMaxBodyBytes(options);
    // Hono reads the whole body at once. The limit is checked before if content-length is set, and after
    // otherwise.
    const response =
      Number(headers.get('content-length')) > limit
        ? await reject(tooLarge(limit), { headers, body: '' }, options)
        : await receiveBytes(await req.arrayBuffer(), headers);
    return new Response(response.body, { status: response.status, headers: jsonHeaders });

    async function receiveBytes(body: ArrayBuffer, headers: { get(name: string): string | null }) {
      if (body.byteLength > limit) return reject(tooLarge(limit), { headers, body: '' }, options);
      return receive({ headers, body }, options, handler);
    }
  };

function tooLarge(limit: number): WebhookVerificationError {
  return new WebhookVerificationError('BODY_TOO_LARGE', `the body exceeds ${limit} bytes`);
}
