import type { SecretFunction } from './options.ts';
import type { WebhookRequest } from './request.ts';
import { WebhookVerificationError } from './verification-error.ts';

/** The options that say which secrets are valid. */
interface SecretSource {
  readonly secret?: string | SecretFunction | undefined;
  readonly secrets?: readonly string[] | undefined;
}

/** Returns all secrets of a request. Throws only `WebhookVerificationError`. */
export async function resolveSecrets(
  { secret, secrets }: SecretSource,
  request: WebhookRequest,
): Promise<readonly unknown[]> {
  if (secrets !== undefined || typeof secret !== 'function') return secrets ?? [secret];
  let result: unknown;
  try {
    result = await secret(request);
  } catch (cause) {
    // Without the text of the cause, which may contain a secret.
    throw new WebhookVerificationError(
      'SECRET_UNAVAILABLE',
      'the function of the option secret failed',
      cause,
    );
  }
  if (result === null) {
    throw new WebhookVerificationError('SIGNATURE_MISMATCH', 'the request belongs to no webhook');
  }
  const found: readonly unknown[] = Array.isArray(result) ? result : [result];
  return found;
}
