import type { ReceivedBuiltInEvents } from '@tocsin/shared';
import type { UnparsedWebhookEvent, WebhookEvent } from './event.ts';
import type { CatalogOption, KnownTypesOptions, TypesOption, VerifyOptions } from './options.ts';
import { toEvent, type ParsedEvent } from './parse-event.ts';
import type { WebhookRequest } from './request.ts';
import { isWebhookVerificationError, WebhookVerificationError } from './verification-error.ts';
import { verifyRaw } from './verify-raw.ts';

/**
 * Verifies the origin of a request and returns its event. Events of a type that the catalog does not have have
 * the type `unknown`.
 *
 * @param request a Fetch `Request`, or the raw body and headers
 * @param options the secret and the profile; `catalog` for events other than the built-in ones
 * @throws WebhookVerificationError, never another error; `safeVerify` returns it instead
 * @example
 * const event = await verify(request, { secret: env.WEBHOOK_SECRET });
 * if (event.type === 'license.revoked') await lock(event.data.licenseKey);
 * @example
 * const event = await verify(request, { secret: env.WEBHOOK_SECRET, catalog: acme });
 * if (event.type === 'invoice.paid') await book(event.data.amount);
 */
export function verify<C>(
  request: WebhookRequest,
  options: VerifyOptions & CatalogOption<C>,
): Promise<WebhookEvent<C>>;
export function verify<C = ReceivedBuiltInEvents>(
  request: WebhookRequest,
  options: VerifyOptions & TypesOption<C>,
): Promise<UnparsedWebhookEvent<C>>;
export function verify(
  request: WebhookRequest,
  options: VerifyOptions & KnownTypesOptions,
): Promise<unknown> {
  return verifyAny(request, options);
}

/** `verify` for events of any catalog. The callers' types say which events are known. */
export async function verifyAny(
  request: WebhookRequest,
  options: VerifyOptions & KnownTypesOptions,
): Promise<ParsedEvent> {
  const raw = await verifyRaw(request, options);
  try {
    return toEvent(raw, options);
  } catch (cause) {
    if (isWebhookVerificationError(cause)) throw cause;
    throw new WebhookVerificationError('UNEXPECTED', 'the event could not be parsed', cause);
  }
}

/** The result of `safeVerify`: the event or the error. */
export type VerifyResult<TEvent = WebhookEvent> =
  | { readonly ok: true; readonly event: TEvent }
  | { readonly ok: false; readonly error: WebhookVerificationError };

/**
 * Like `verify`, but returns the error instead of throwing it.
 *
 * @example
 * const result = await safeVerify(request, { secret });
 * if (!result.ok) return new Response(null, { status: 401 });
 */
export function safeVerify<C>(
  request: WebhookRequest,
  options: VerifyOptions & CatalogOption<C>,
): Promise<VerifyResult<WebhookEvent<C>>>;
export function safeVerify<C = ReceivedBuiltInEvents>(
  request: WebhookRequest,
  options: VerifyOptions & TypesOption<C>,
): Promise<VerifyResult<UnparsedWebhookEvent<C>>>;
export async function safeVerify(
  request: WebhookRequest,
  options: VerifyOptions & KnownTypesOptions,
): Promise<VerifyResult<unknown>> {
  try {
    return { ok: true, event: await verifyAny(request, options) };
  } catch (error) {
    if (isWebhookVerificationError(error)) return { ok: false, error };
    throw error; // unreachable: verify throws no other error
  }
}
