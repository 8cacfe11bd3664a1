import type { WebhookEvent } from './event.ts';
import type { VerifyOptions } from './options.ts';
import { parseEvent } from './parse-event.ts';
import type { WebhookRequest } from './request.ts';
import { isWebhookVerificationError, WebhookVerificationError } from './verification-error.ts';
import { verifyRaw } from './verify-raw.ts';

/**
 * Verifies the origin of a request and returns its event. Events of a type that this version of the package
 * does not know have the type `unknown`.
 *
 * @param request a Fetch `Request`, or the raw body and headers
 * @param options the secret and the profile
 * @throws WebhookVerificationError, never another error; `safeVerify` returns it instead
 * @example
 * const event = await verify(request, { secret: env.WEBHOOK_SECRET });
 * if (event.type === 'license.revoked') await lock(event.data.licenseKey);
 */
export async function verify(request: WebhookRequest, options: VerifyOptions): Promise<WebhookEvent> {
  const raw = await verifyRaw(request, options);
  try {
    return parseEvent(raw);
  } catch (cause) {
    if (isWebhookVerificationError(cause)) throw cause;
    throw new WebhookVerificationError('UNEXPECTED', 'the event could not be parsed', cause);
  }
}

/** The result of `safeVerify`: the event or the error. */
export type VerifyResult =
  | { readonly ok: true; readonly event: WebhookEvent }
  | { readonly ok: false; readonly error: WebhookVerificationError };

/**
 * Like `verify`, but returns the error instead of throwing it.
 *
 * @example
 * const result = await safeVerify(request, { secret });
 * if (!result.ok) return new Response(null, { status: 401 });
 */
export async function safeVerify(request: WebhookRequest, options: VerifyOptions): Promise<VerifyResult> {
  try {
    return { ok: true, event: await verify(request, options) };
  } catch (error) {
    if (isWebhookVerificationError(error)) return { ok: false, error };
    throw error; // unreachable: verify throws no other error
  }
}
