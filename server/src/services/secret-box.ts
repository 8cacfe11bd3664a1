import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { SecretBox } from '../domain/ports.ts';

/** AES-256-GCM's nonce and tag, as NIST SP 800-38D recommends them. */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Webhook secrets at rest: AES-256-GCM under `ENCRYPTION_KEY`. A sealed secret is `v1.<key id>.<base64url>`; the key id
 * (the start of the key's hash) tells which key can open it, so that a rotation can tell done from not done.
 */
export function createSecretBox(key: Buffer): SecretBox {
  const secretKey = createSecretKey(key);
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return {
    seal(secret) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', secretKey, nonce);
      const sealed = Buffer.concat([
        nonce,
        cipher.update(secret, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `v1.${keyId}.${sealed.toString('base64url')}`;
    },
    open(sealed) {
      const [version, id, text] = sealed.split('.');
      if (version !== 'v1' || text === undefined) throw new Error('a stored secret has an unknown form');
      if (id !== keyId)
        throw new Error(`a stored secret was sealed with key ${id}; ENCRYPTION_KEY is ${keyId}`);
      const bytes = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', secretKey, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      return Buffer.concat([
        decipher.update(bytes.subarray(nonceBytes, -tagBytes)),
        decipher.final(),
      ]).toString('utf8');
    },
  };
}

/**
 * A new webhook secret: `whsec_` and 32 hex digits, the length of AuthForge's example. Such a string is at once a valid
 * Standard Webhooks secret: 32 hex digits read as base64 are 24 bytes.
 */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(16).toString('hex')}`;
}
