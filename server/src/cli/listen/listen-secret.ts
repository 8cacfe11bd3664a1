import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto';
import type { Signing } from '@tocsin/shared';
import { UsageError } from '../command.ts';

/** The secret that forwarded events are signed with. */
export interface ListenSecret {
  readonly secret: string;
  /** Of a `whsk_` secret. */
  readonly publicKey: string | null;
}

/**
 * Derives the secret of an app from the token, so that it is the same for each run and the receiver is configured
 * once. HMAC is one-way, so the secret does not reveal the token.
 */
export function deriveSecret(token: string, appId: string, signing: Signing): ListenSecret {
  const seed = createHmac('sha256', token).update(`tocsin listen ${signing} ${appId}`).digest();
  if (signing === 'hmac') {
    return { secret: `whsec_${seed.toString('hex').slice(0, 32)}`, publicKey: null };
  }
  return toKeyPair(seed);
}

/**
 * Checks a secret of a webhook.
 *
 * @param name of the option or variable that the secret comes from
 * @throws UsageError without the secret
 */
export function parseSecret(text: string, signing: Signing, name: string): ListenSecret {
  if (signing === 'hmac') {
    if (!/^\S{8,256}$/.test(text)) throw new UsageError(`${name}: must be a secret such as whsec_...`);
    if (text.startsWith('whsk_') || text.startsWith('whpk_')) {
      throw new UsageError(`${name}: is a key of the signing ed25519; the webhook signs with hmac`);
    }
    return { secret: text, publicKey: null };
  }
  const seed = text.startsWith('whsk_') ? Buffer.from(text.slice('whsk_'.length), 'base64') : undefined;
  if (seed === undefined || seed.length < 32) {
    throw new UsageError(`${name}: must be a private key, whsk_..., because the signing is ed25519`);
  }
  return toKeyPair(seed.subarray(0, 32));
}

/** The PKCS #8 header of an ed25519 key (RFC 8410). The 32 bytes of the seed follow it. */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex');

function toKeyPair(seed: Buffer): ListenSecret {
  const key = Buffer.concat([pkcs8Header, seed]);
  const { x } = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  });
  if (x === undefined) throw new Error('an ed25519 public key has x');
  const publicBytes = Buffer.from(x, 'base64url');
  return {
    secret: `whsk_${Buffer.concat([seed, publicBytes]).toString('base64')}`,
    publicKey: `whpk_${publicBytes.toString('base64')}`,
  };
}
