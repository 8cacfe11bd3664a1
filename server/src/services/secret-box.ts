import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { SecretBox } from '../domain/ports/webhook-secrets.ts';

/** AES-256-GCM's nonce and tag, as NIST SP 800-38D recommends them. */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Webhook secrets at rest: AES-256-GCM under `ENCRYPTION_KEY`. A sealed secret is `v1.<key id>.<base64url>`; the key id
 * (the start of the key's hash) tells which key can open it, so that a rotation can tell done from not done. Secrets are
 * sealed with the current key and opened with it or with one of the others, which a rotation needs in its course.
 */
export function createSecretBox(current: Buffer, others: readonly Buffer[] = []): SecretBox {
  const keys = new Map([...others, current].map((key) => [keyIdOf(key), createSecretKey(key)]));
  const currentId = keyIdOf(current);
  const currentKey = createSecretKey(current);
  return {
    seal: (secret) => `v1.${currentId}.${encrypt(secret, currentKey).toString('base64url')}`,
    open(sealed) {
      const { keyId, text } = partsOf(sealed);
      const key = keys.get(keyId);
      if (key === undefined) {
        throw new Error(
          `a stored secret was sealed with key ${keyId}; ENCRYPTION_KEY is ${currentId}, and ENCRYPTION_KEY_PREVIOUS lacks it too`,
        );
      }
      return decrypt(Buffer.from(text, 'base64url'), key);
    },
    isCurrent: (sealed) => partsOf(sealed).keyId === currentId,
  };
}

/** Names a key without telling anything of it. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function partsOf(sealed: string): { keyId: string; text: string } {
  const [version, keyId, text] = sealed.split('.');
  if (version !== 'v1' || keyId === undefined || text === undefined) {
    throw new Error('a stored secret has an unknown form');
  }
  return { keyId, text };
}

function encrypt(secret: string, key: KeyObject): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  return Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(bytes: Buffer, key: KeyObject): string {
  // A shorter text would leave the tag's length to whoever wrote it.
  if (bytes.length < nonceBytes + tagBytes) throw new Error('a stored secret is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString(
    'utf8',
  );
}
