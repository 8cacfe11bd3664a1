import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { SecretBox } from '../../domain/ports/secret-box.ts';

/** Sizes for AES-256-GCM. Nonce and tag are those that NIST SP 800-38D recommends. */
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/**
 * Envelope encryption of webhook secrets at rest: each secret is encrypted with its own data key, and the
 * data key with `ENCRYPTION_KEY`, both with AES-256-GCM. A sealed secret is `v2.<key id>.<data key>.<text>`
 * in base64url. The key id is the start of the outer key's hash. It identifies the key that decrypts the
 * secret, so that a rotation of the encryption key finds the secrets that are left. Secrets are sealed with
 * the current key. They are decrypted with it or with one of the others, as a rotation needs.
 *
 * `v1.<key id>.<text>` is the format from before envelope encryption, encrypted with `ENCRYPTION_KEY` itself.
 * It is still decrypted, and resealing converts it to `v2`.
 */
export function createSecretBox(current: Buffer, others: readonly Buffer[] = []): SecretBox {
  const keys = new Map([...others, current].map((key) => [toKeyId(key), createSecretKey(key)]));
  const currentId = toKeyId(current);
  const currentKey = createSecretKey(current);

  const getOuterKey = ({ keyId }: Sealed): KeyObject => {
    const key = keys.get(keyId);
    if (key !== undefined) return key;
    throw new Error(
      `a stored secret was sealed with key ${keyId}; ENCRYPTION_KEY is ${currentId}, and ENCRYPTION_KEY_PREVIOUS does not contain ${keyId}`,
    );
  };
  const toEnvelope = (dataKey: Buffer, text: string) =>
    `v2.${currentId}.${encrypt(dataKey, currentKey)}.${text}`;
  const encryptSecret = (secret: string): string => {
    const dataKey = randomBytes(keyBytes);
    return toEnvelope(dataKey, encrypt(Buffer.from(secret, 'utf8'), createSecretKey(dataKey)));
  };
  const decryptSecret = (sealed: string): string => {
    const parts = parseSealed(sealed);
    const outer = getOuterKey(parts);
    const key = parts.dataKey === undefined ? outer : createSecretKey(decrypt(parts.dataKey, outer));
    return decrypt(parts.text, key).toString('utf8');
  };
  return {
    encrypt: encryptSecret,
    decrypt: decryptSecret,
    reseal(sealed) {
      const parts = parseSealed(sealed);
      if (parts.dataKey === undefined) return encryptSecret(decryptSecret(sealed));
      return toEnvelope(decrypt(parts.dataKey, getOuterKey(parts)), parts.text);
    },
    isCurrent(sealed) {
      const { keyId, dataKey } = parseSealed(sealed);
      return keyId === currentId && dataKey !== undefined;
    },
  };
}

/** Identifies a key without revealing it. */
export function toKeyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

interface Sealed {
  readonly keyId: string;
  /** Encrypted with the outer key. Absent in the format `v1`. */
  readonly dataKey?: string;
  readonly text: string;
}

function parseSealed(sealed: string): Sealed {
  const [version, keyId, ...texts] = sealed.split('.');
  const [first, second] = texts;
  if (keyId !== undefined && first !== undefined) {
    if (version === 'v1' && texts.length === 1) return { keyId, text: first };
    if (version === 'v2' && texts.length === 2 && second !== undefined) {
      return { keyId, dataKey: first, text: second };
    }
  }
  throw new Error('a stored secret has an unknown format');
}

function encrypt(plain: Buffer, key: KeyObject): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

function decrypt(text: string, key: KeyObject): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  // Rejects shorter texts, which could otherwise choose the length of the tag.
  if (bytes.length < nonceBytes + tagBytes) throw new Error('a stored secret is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
