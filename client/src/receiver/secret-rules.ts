import { toKeyBytes, type SigningProfile } from '@tocsin/shared';

/** Standard Webhooks requires 24 to 64 bytes. Secrets of the other profiles are texts of this length. */
const minSecretBytes = 24;

/** Length of an Ed25519 public key. */
const publicKeyBytes = 32;

/** Whether a secret has a prefix that the profile accepts. Without it, a public key looks like a secret. */
export function hasSecretPrefix(secret: string, profile: SigningProfile): boolean {
  return secret.startsWith('whsec_') || (profile === 'standard' && secret.startsWith('whpk_'));
}

/** Whether a shared secret is too short to resist guessing. False for a public key. */
export function isSecretTooShort(secret: string, profile: SigningProfile): boolean {
  if (!secret.startsWith('whsec_')) return false;
  const length =
    profile === 'standard' ? toKeyBytes(secret, 'whsec_')?.length : secret.length - 'whsec_'.length;
  return length !== undefined && length < minSecretBytes;
}

/** Returns why a secret must not verify requests, to complete "a secret ...". Undefined if it may. */
export function findSecretProblem(secret: unknown, profile: SigningProfile): string | undefined {
  // Checked although typed, because an unset environment variable must never verify a request.
  if (typeof secret !== 'string' || !/^[!-~]+$/.test(secret)) {
    return 'is empty or contains white space or non-ASCII characters';
  }
  if (!hasSecretPrefix(secret, profile)) {
    const orPublicKey = profile === 'standard' ? ', or a public key with whpk_' : '';
    return `does not start with whsec_; use the whole secret${orPublicKey}`;
  }
  if (profile === 'standard' && secret.startsWith('whpk_')) {
    return toKeyBytes(secret, 'whpk_')?.length === publicKeyBytes
      ? undefined
      : `is not whpk_ followed by base64 of ${publicKeyBytes} bytes`;
  }
  if (profile === 'standard' && toKeyBytes(secret, 'whsec_') === undefined) {
    return 'is not whsec_ followed by base64';
  }
  return isSecretTooShort(secret, profile) ? `is shorter than ${minSecretBytes} bytes` : undefined;
}
