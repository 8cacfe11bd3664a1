import type { SecretFunction } from './options.ts';
import type { WebhookRequest } from './request.ts';
import { WebhookVerificationError } from './verification-error.ts';
import { secretError } from './verifiers.ts';

/** The options that say which secrets are valid. */
interface SecretSource {
  readonly secret?: string | SecretFunction | undefined;
  readonly secrets?: readonly string[] | undefined;
}

/** Returns all secrets of a request, at least one. Throws only `WebhookVerificationError`. */
export async function resolveSecrets(
  { secret, secrets }: SecretSource,
  request: WebhookRequest,
): Promise<readonly unknown[]> {
  const found =
    typeof secret === 'function' && secrets === undefined
      ? await callForSecrets(secret, request)
      : (secrets ?? [secret]);
  if (found.length > 0) return found;
  const where = secrets === undefined ? 'the option secret returned none' : 'the option secrets is empty';
  throw secretError(`is required, but ${where}`);
}

async function callForSecrets(secret: SecretFunction, request: WebhookRequest): Promise<readonly unknown[]> {
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
    throw new WebhookVerificationError(
      'SIGNATURE_MISMATCH',
      'the option secret returned null: the request belongs to no webhook',
    );
  }
  const found: readonly unknown[] = Array.isArray(result) ? result : [result];
  return found;
}
