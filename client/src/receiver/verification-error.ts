const mark = Symbol.for('tocsin.webhook-verification-error');

/**
 * Why a request was not accepted as an event.
 *
 * - `BODY_NOT_RAW`: the body is a parsed object, but the signature covers its bytes
 * - `BODY_UNREADABLE`: the body was already read, or the connection broke while it was read
 * - `BODY_TOO_LARGE`: the body exceeds the adapter's `maxBodyBytes`
 * - `HEADER_MISSING`, `HEADER_INVALID`: a header that the profile requires; the message names it
 * - `SECRET_INVALID`: a configured secret is empty, contains white space or does not fit the profile
 * - `SECRET_UNAVAILABLE`: the function of the option `secret` failed; its error is the `cause`
 * - `SIGNATURE_MISMATCH`: no signature matches a secret, or the function of `secret` returned null
 * - `TIMESTAMP_TOO_OLD`, `TIMESTAMP_TOO_NEW`: outside the tolerance
 * - `ENVELOPE_INVALID`: verified, but the body is not the JSON object of the profile
 * - `PAYLOAD_INVALID`: verified, but `data` does not match the schema of its event, and `onUnknownShape` is
 *   `reject`
 * - `UNSUPPORTED`: the runtime's WebCrypto lacks an algorithm
 * - `UNEXPECTED`: any other error, in `cause`
 */
export type VerificationErrorCode =
  | 'BODY_NOT_RAW'
  | 'BODY_UNREADABLE'
  | 'BODY_TOO_LARGE'
  | 'HEADER_MISSING'
  | 'HEADER_INVALID'
  | 'SECRET_INVALID'
  | 'SECRET_UNAVAILABLE'
  | 'SIGNATURE_MISMATCH'
  | 'TIMESTAMP_TOO_OLD'
  | 'TIMESTAMP_TOO_NEW'
  | 'ENVELOPE_INVALID'
  | 'PAYLOAD_INVALID'
  | 'UNSUPPORTED'
  | 'UNEXPECTED';

/**
 * The only error that `verify` throws. Contains no secret, signature or payload. Log `code` and `message`,
 * but do not send them to the sender, which may be an attacker. The adapters send the same response for all
 * unverified requests.
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
 * Whether an error is a `WebhookVerificationError`. Unlike `instanceof`, it also works if two copies of this
 * package are installed.
 *
 * @example
 * if (isWebhookVerificationError(error)) return new Response(null, { status: 401 });
 */
export function isWebhookVerificationError(error: unknown): error is WebhookVerificationError {
  return typeof error === 'object' && error !== null && mark in error;
}
