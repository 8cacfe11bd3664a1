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

/** Checks one request against one secret. Throws when a header or the secret is unusable. */
type Proof = (request: BufferedRequest, secret: string) => Promise<boolean>;

/** How each profile proves that the sender knows the secret, and for `standard` also when it was sent. */
export const proofs: Record<SigningProfile, Proof> = {
  authon: ({ headers }, secret) => equalSecrets(requireHeader(headers, 'x-webhook-secret'), secret),

  authforge: async ({ headers, body }, secret) =>
    equalInConstantTime(requireHeader(headers, 'x-authforge-signature'), await signAuthforge(secret, body)),

  standard: async ({ headers, body }, secret) => {
    const message = { id: requireHeader(headers, 'webhook-id'), timestamp: signedAt(headers), body };
    const signatures = requireHeader(headers, 'webhook-signature').split(' ');
    if (secret.startsWith('whpk_')) return anyEd25519(secret, signedContent(message), signatures);
    if (!toKeyBytes(secret, 'whsec_')) throw unusable('is not whsec_ followed by base64');
    const expected = await signStandard(secret, message);
    // No early end: how long it takes must not tell which of several signatures was nearly right.
    return signatures.filter((signature) => equalInConstantTime(signature, expected)).length > 0;
  },
};

/** The signed time of a `standard` request, in seconds since 1970. */
export function signedAt(headers: BufferedRequest['headers']): number {
  const text = requireHeader(headers, 'webhook-timestamp');
  // Digits only: the signed text must have one reading. 12 of them last for 30,000 years.
  if (!/^\d{1,12}$/.test(text)) {
    throw new WebhookVerificationError('HEADER_INVALID', 'the header webhook-timestamp is not whole seconds');
  }
  return Number(text);
}

export function unusable(why: string): WebhookVerificationError {
  return new WebhookVerificationError('SECRET_INVALID', `a secret ${why}`);
}

async function anyEd25519(publicKey: string, content: BufferSource, signatures: string[]): Promise<boolean> {
  const raw = toKeyBytes(publicKey, 'whpk_');
  if (raw?.length !== 32) throw unusable('is not whpk_ followed by the base64 of 32 bytes');
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  } catch (cause) {
    throw new WebhookVerificationError('UNSUPPORTED', 'this runtime cannot verify ed25519 signatures', cause);
  }
  // A sender has one signature for each key in force; a bound keeps a hostile header from costing much.
  for (const signature of signatures.filter((entry) => entry.startsWith('v1a,')).slice(0, 8)) {
    const bytes = fromBase64(signature.slice(4));
    if (bytes && (await crypto.subtle.verify('Ed25519', key, bytes, content))) return true;
  }
  return false;
}
