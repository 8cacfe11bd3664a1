import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Signing } from '@tocsin/shared';

/** A new secret, which callers see only once, and its public key, which is not secret. */
export interface NewSecret {
  readonly secret: string;
  readonly publicKey: string | null;
}

/**
 * Generates a secret:
 * - `hmac`: `whsec_` and 32 hex digits, the length of AuthForge's example. This is also a valid Standard
 *   Webhooks secret, because 32 hex digits read as base64 are 24 bytes.
 * - `ed25519`: `whsk_` and base64 of the seed and the public key, 64 bytes, the format of private keys in
 *   NaCl and Standard Webhooks. The public key is `whpk_` and base64 of its 32 bytes.
 */
export function generateSecret(signing: Signing): NewSecret {
  if (signing === 'hmac') return { secret: `whsec_${randomBytes(16).toString('hex')}`, publicKey: null };
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d, x } = privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('an ed25519 key pair has d and x');
  const seed = Buffer.from(d, 'base64url');
  const publicBytes = Buffer.from(x, 'base64url');
  return {
    secret: `whsk_${Buffer.concat([seed, publicBytes]).toString('base64')}`,
    publicKey: `whpk_${publicBytes.toString('base64')}`,
  };
}
