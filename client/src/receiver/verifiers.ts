import {
  equalInConstantTime,
  equalSecrets,
  toKeyBytes,
  signAuthforge,
  signStandard,
  signedContent,
  fromBase64,
} from '@tocsin/shared';
import type { SigningProfile } from '@tocsin/shared';
import { requireHeader, type BufferedRequest } from './request.ts';
import { WebhookVerificationError } from './verification-error.ts';

/** Checks a request against one secret, which has the form of its profile. Throws if a header is invalid. */
type Verifier = (request: BufferedRequest, secret: string) => Promise<boolean>;

/** The verifier of each profile. That of `standard` also covers the time of the attempt. */
export const verifiers: Record<SigningProfile, Verifier> = {
  authon: ({ headers }, secret) => equalSecrets(requireHeader(headers, 'x-webhook-secret'), secret),

  authforge: async ({ headers, body }, secret) =>
    equalInConstantTime(requireHeader(headers, 'x-authforge-signature'), await signAuthforge(secret, body)),

  standard: async ({ headers, body }, secret) => {
    const message = { id: requireHeader(headers, 'webhook-id'), timestamp: parseSignedTime(headers), body };
    const signatures = requireHeader(headers, 'webhook-signature').split(' ');
    if (secret.startsWith('whpk_')) return matchesAnyEd25519(secret, signedContent(message), signatures);
    const expected = await signStandard(secret, message);
    // Compares with all signatures, so that the duration does not reveal which one almost matches.
    return signatures.filter((signature) => equalInConstantTime(signature, expected)).length > 0;
  },
};

/** Returns the signed time of a request in the profile `standard`, in seconds since 1970. */
export function parseSignedTime(headers: BufferedRequest['headers']): number {
  const text = requireHeader(headers, 'webhook-timestamp');
  // The signature covers the number. Another text of the same number, such as 0123, was not signed.
  if (!/^(0|[1-9]\d{0,11})$/.test(text)) {
    throw new WebhookVerificationError(
      'HEADER_INVALID',
      'the header webhook-timestamp must be whole seconds since 1970, 1 to 12 digits',
    );
  }
  return Number(text);
}

async function matchesAnyEd25519(
  publicKey: string,
  content: BufferSource,
  signatures: string[],
): Promise<boolean> {
  const raw = toKeyBytes(publicKey, 'whpk_');
  if (raw === undefined) return false;
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  } catch (cause) {
    throw new WebhookVerificationError('UNSUPPORTED', 'this runtime cannot verify ed25519 signatures', cause);
  }
  // A sender adds one signature for each valid key. The limit bounds the cost of a hostile header.
  for (const signature of signatures.filter((entry) => entry.startsWith('v1a,')).slice(0, 8)) {
    const bytes = fromBase64(signature.slice(4));
    if (bytes && (await crypto.subtle.verify('Ed25519', key, bytes, content))) return true;
  }
  return false;
}
