import { createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { SigningProfile } from '@tocsin/shared';
import type { SigningSecret } from './signer.ts';

/** A received request. */
export interface ReceivedRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as received. */
  readonly body: string;
}

/** Whether one of the secrets proves a request by the rules of a profile. */
export function isProvenBy(
  secrets: readonly SigningSecret[],
  profile: SigningProfile,
  request: ReceivedRequest,
): boolean {
  return secrets.some((secret) => verifiers[profile](secret, request));
}

type Verifier = (secret: SigningSecret, request: ReceivedRequest) => boolean;

const verifiers: Record<SigningProfile, Verifier> = {
  authon: (secret, { headers }) =>
    secret.kind === 'hmac' && isEqual(headers['x-webhook-secret'] ?? '', secret.text),
  authforge: (secret, { headers, body }) =>
    secret.kind === 'hmac' &&
    isEqual(headers['x-authforge-signature'] ?? '', `sha256=${secret.textKey.sign(body, 'hex')}`),
  standard: (secret, { headers, body }) => {
    const content = `${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${body}`;
    const signatures = (headers['webhook-signature'] ?? '').split(' ', maxSignatures);
    return signatures.some((signature) => isSignatureOf(secret, content, signature));
  },
};

/** A rotation sends one signature per active secret, which are few. */
const maxSignatures = 10;

function isSignatureOf(secret: SigningSecret, content: string, signature: string): boolean {
  if (secret.kind === 'hmac') {
    return isEqual(signature, `v1,${secret.decodedKey.sign(content, 'base64')}`);
  }
  if (!signature.startsWith('v1a,')) return false;
  const bytes = Buffer.from(signature.slice('v1a,'.length), 'base64');
  return verify(null, Buffer.from(content), createPublicKey(secret.privateKey), bytes);
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
