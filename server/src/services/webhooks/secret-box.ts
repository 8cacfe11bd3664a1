import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { OldFormSealer, SealPlace, SecretBox } from '../../domain/ports/secret-box.ts';
import type { SealedText } from '../../domain/webhook.ts';

/** Sizes for AES-256-GCM. Nonce and tag are those that NIST SP 800-38D recommends. */
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/**
 * Envelope encryption of credentials at rest: each text is encrypted with its own data key, and the
 * data key with `ENCRYPTION_KEY`, both with AES-256-GCM. A sealed text is `v3.<key id>.<data key>.<text>` in
 * base64url. The key id is the start of the outer key's hash. It identifies the key that decrypts the text,
 * so that a rotation of the encryption key finds the texts that are left. Texts are sealed with the current
 * key. They are decrypted with it or with one of the others, as a rotation needs.
 *
 * The id of the webhook or call and the field are the additional data of both encryptions. A sealed text that
 * is copied to another place therefore does not decrypt. The forms of older releases, `v1` and `v2`, have no
 * additional data, so they are rejected. The migration converts them; see `createOldFormSealer`.
 */
export function createSecretBox(current: Buffer, others: readonly Buffer[] = []): SecretBox {
  const ring = createKeyRing(current, others);
  const toEnvelope = (dataKey: Buffer, text: string, place: SealPlace) =>
    `v3.${ring.currentId}.${encrypt(dataKey, ring.current, toBinding(place))}.${text}`;
  const openDataKey = ({ keyId, dataKey }: Sealed, place: SealPlace): Buffer =>
    decrypt(dataKey, ring.get(keyId), toBinding(place));
  return {
    encrypt(text, place) {
      const dataKey = randomBytes(keyBytes);
      const sealed = encrypt(Buffer.from(text, 'utf8'), createSecretKey(dataKey), toBinding(place));
      return toEnvelope(dataKey, sealed, place);
    },
    decrypt(sealed, place) {
      const parts = parseSealed(sealed, place);
      const key = createSecretKey(openDataKey(parts, place));
      return decrypt(parts.text, key, toBinding(place)).toString('utf8');
    },
    reseal(sealed, place) {
      const parts = parseSealed(sealed, place);
      return toEnvelope(openDataKey(parts, place), parts.text, place);
    },
    isCurrent: (sealed) => parseSealed(sealed).keyId === ring.currentId,
  };
}

/**
 * Reads the forms of older releases, for the migration alone:
 * - `v1.<key id>.<text>`: encrypted with `ENCRYPTION_KEY` itself.
 * - `v2.<key id>.<data key>.<text>`: like `v3`, but bound to no place.
 */
export function createOldFormSealer(current: Buffer, others: readonly Buffer[] = []): OldFormSealer {
  const ring = createKeyRing(current, others);
  const box = createSecretBox(current, others);
  const openOldForm = (sealed: string): string => {
    const [version, keyId = '', first = '', second] = sealed.split('.');
    if (version === 'v1') return decrypt(first, ring.get(keyId)).toString('utf8');
    if (version !== 'v2' || second === undefined) throw new Error('a stored secret has an unknown format');
    return decrypt(second, createSecretKey(decrypt(first, ring.get(keyId)))).toString('utf8');
  };
  return {
    isBound: (stored): stored is SealedText => typeof stored === 'string' && stored.startsWith('v3.'),
    seal: (text, place) => box.encrypt(text, place),
    bind: (sealed, place) => box.encrypt(openOldForm(sealed), place),
    open: (sealed, place) => box.decrypt(sealed, place),
  };
}

/** A text was sealed with a key that is not configured. */
export class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';
}

interface KeyRing {
  readonly current: KeyObject;
  readonly currentId: string;
  /** Throws if no key has this id. */
  get(keyId: string): KeyObject;
}

function createKeyRing(current: Buffer, others: readonly Buffer[]): KeyRing {
  const keys = new Map([...others, current].map((key) => [toKeyId(key), createSecretKey(key)]));
  const currentId = toKeyId(current);
  return {
    current: createSecretKey(current),
    currentId,
    get(keyId) {
      const key = keys.get(keyId);
      if (key !== undefined) return key;
      throw new UnknownKeyError(
        `a stored secret was sealed with key ${keyId}; ENCRYPTION_KEY is ${currentId}, and ENCRYPTION_KEY_PREVIOUS does not contain ${keyId}`,
      );
    },
  };
}

/** Identifies a key without revealing it. */
export function toKeyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

interface Sealed {
  readonly keyId: string;
  /** Encrypted with the outer key. */
  readonly dataKey: string;
  readonly text: string;
}

function parseSealed(sealed: string, place?: SealPlace): Sealed {
  const [version, keyId, dataKey, text, ...rest] = sealed.split('.');
  if (version === 'v3' && keyId !== undefined && dataKey !== undefined && text !== undefined) {
    if (rest.length === 0) return { keyId, dataKey, text };
  }
  const what = place === undefined ? 'a stored secret' : `${place.field} of ${toOwner(place).join(' ')}`;
  if (version === 'v1' || version === 'v2') {
    throw new Error(`${what} has the form of an older release; see docs/upgrade.md`);
  }
  throw new Error(`${what} has an unknown format`);
}

/** The additional data of a text's encryption. Ids contain no NUL, so two places never have the same. */
function toBinding(place: SealPlace): Buffer {
  const [kind, id] = toOwner(place);
  return Buffer.from(`tocsin.${kind}\0${id}\0${place.field}`, 'utf8');
}

function toOwner(place: SealPlace): [kind: 'webhook' | 'call', id: string] {
  return 'callId' in place ? ['call', place.callId] : ['webhook', place.webhookId];
}

function encrypt(plain: Buffer, key: KeyObject, binding: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(binding);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

function decrypt(text: string, key: KeyObject, binding?: Buffer): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  // Rejects shorter texts, which could otherwise choose the length of the tag.
  if (bytes.length < nonceBytes + tagBytes) throw new Error('a stored secret is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  if (binding !== undefined) decipher.setAAD(binding);
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
