import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { SecretBox } from '../../domain/ports/secret-box.ts';

/** AES-256-GCM's nonce and tag, as NIST SP 800-38D recommends them, and its key. */
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/**
 * Webhook secrets at rest, in an envelope: each secret is encrypted with a data key of its own, and the data key with
 * `ENCRYPTION_KEY` (AES-256-GCM both). A sealed secret is `v2.<key id>.<data key>.<text>`, in base64url; the key id (the start
 * of the outer key's hash) tells which key can open it, so that a rotation can tell done from not done. Secrets are sealed
 * with the current key and opened with it or with one of the others, which a rotation needs in its course.
 *
 * `v1.<key id>.<text>` is what versions before the envelope stored, the text encrypted with `ENCRYPTION_KEY` itself. It is
 * still opened, and becomes the other form when it is sealed anew.
 */
export function createSecretBox(current: Buffer, others: readonly Buffer[] = []): SecretBox {
  const keys = new Map([...others, current].map((key) => [toKeyId(key), createSecretKey(key)]));
  const currentId = toKeyId(current);
  const currentKey = createSecretKey(current);

  const outerKey = ({ keyId }: Sealed): KeyObject => {
    const key = keys.get(keyId);
    if (key !== undefined) return key;
    throw new Error(
      `a stored secret was sealed with key ${keyId}; ENCRYPTION_KEY is ${currentId}, and ENCRYPTION_KEY_PREVIOUS lacks it too`,
    );
  };
  const inEnvelope = (dataKey: Buffer, text: string) =>
    `v2.${currentId}.${encrypt(dataKey, currentKey)}.${text}`;
  const encryptSecret = (secret: string): string => {
    const dataKey = randomBytes(keyBytes);
    return inEnvelope(dataKey, encrypt(Buffer.from(secret, 'utf8'), createSecretKey(dataKey)));
  };
  const decryptSecret = (sealed: string): string => {
    const parts = parseSealed(sealed);
    const outer = outerKey(parts);
    const key = parts.dataKey === undefined ? outer : createSecretKey(decrypt(parts.dataKey, outer));
    return decrypt(parts.text, key).toString('utf8');
  };
  return {
    encrypt: encryptSecret,
    decrypt: decryptSecret,
    reseal(sealed) {
      const parts = parseSealed(sealed);
      if (parts.dataKey === undefined) return encryptSecret(decryptSecret(sealed));
      return inEnvelope(decrypt(parts.dataKey, outerKey(parts)), parts.text);
    },
    isCurrent(sealed) {
      const { keyId, dataKey } = parseSealed(sealed);
      return keyId === currentId && dataKey !== undefined;
    },
  };
}

/** Names a key without telling anything of it. */
export function toKeyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

interface Sealed {
  readonly keyId: string;
  /** Encrypted with the outer key. Absent in the old form. */
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
  throw new Error('a stored secret has an unknown form');
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
  // A shorter text would leave the tag's length to whoever wrote it.
  if (bytes.length < nonceBytes + tagBytes) throw new Error('a stored secret is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
