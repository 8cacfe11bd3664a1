const mark = Symbol.for('tocsin.webhook-verification-error');

/**
 * Why a request is not an event.
 *
 * - `BODY_NOT_RAW` the body is a parsed object; the signature covers bytes, so nothing can be checked
 * - `BODY_UNREADABLE` the body was read before, broke off, or is not UTF-8
 * - `BODY_TOO_LARGE` over the adapter's limit
 * - `HEADER_MISSING`, `HEADER_INVALID` a header that the profile needs; the message names it
 * - `SECRET_INVALID` a secret of ours is empty, has white space in it or is not one of this profile
 * - `SIGNATURE_MISMATCH` no signature, or no secret, matches
 * - `TIMESTAMP_TOO_OLD`, `TIMESTAMP_TOO_NEW` outside the tolerance
 * - `ENVELOPE_INVALID` proven, but not the JSON object that the profile sends
 * - `PAYLOAD_INVALID` proven, but `data` does not satisfy the schema of its event
 * - `UNSUPPORTED` this runtime's WebCrypto lacks what is needed
 * - `UNEXPECTED` anything else; `cause` says what
 */
export type VerificationErrorCode =
  | 'BODY_NOT_RAW'
  | 'BODY_UNREADABLE'
  | 'BODY_TOO_LARGE'
  | 'HEADER_MISSING'
  | 'HEADER_INVALID'
  | 'SECRET_INVALID'
  | 'SIGNATURE_MISMATCH'
  | 'TIMESTAMP_TOO_OLD'
  | 'TIMESTAMP_TOO_NEW'
  | 'ENVELOPE_INVALID'
  | 'PAYLOAD_INVALID'
  | 'UNSUPPORTED'
  | 'UNEXPECTED';

/**
 * What `verify` throws, and the only thing it throws. Never contains a secret, a signature or a payload. Log `code`
 * and `message`; do not send them to the caller, who may be an attacker: the adapters answer all of them alike.
 *
 * @example
 * try {
 *   await verify(request, { secret });
 * } catch (error) {
 *   if (isWebhookVerificationError(error)) log.warn({ code: error.code }, error.message);
 * }
 */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly code: VerificationErrorCode;
  readonly [mark] = true;

  constructor(code: VerificationErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/**
 * Looks at a mark and not at the class, so that it also holds when two copies of this package are installed.
 *
 * @example
 * if (isWebhookVerificationError(error)) return new Response(null, { status: 401 });
 */
export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return typeof error === 'object' && error !== null && mark in error;
}
