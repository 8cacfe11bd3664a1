import type { Log } from '../../domain/ports/runtime.ts';
import type { SecretBox, SecretSwapStore } from '../../domain/ports/secret-box.ts';

export interface EncryptionKeyCheckDeps {
  readonly store: Pick<SecretSwapStore, 'listSecrets'>;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  /** With DELIVERY_HOLD, a key that decrypts nothing is only logged, so that an operator who lost a key can go on. */
  readonly isHeld: boolean;
  readonly log: Log;
}

/** ENCRYPTION_KEY decrypts no webhook of the database. */
export class WrongEncryptionKeyError extends Error {
  override readonly name = 'WrongEncryptionKeyError';
}

/** Webhooks that are tried. During a rotation, some have the new key and some the old one. */
const sampleSize = 200;

/**
 * Checks that the configured keys decrypt at least one of the first webhooks. Otherwise each delivery would fail
 * later, one by one.
 *
 * @throws WrongEncryptionKeyError
 */
export async function checkEncryptionKey({
  store,
  secretBox,
  isHeld,
  log,
}: EncryptionKeyCheckDeps): Promise<void> {
  const webhooks = await store.listSecrets(undefined, sampleSize);
  if (webhooks.length === 0) return;
  const isReadable = webhooks.some(({ id: webhookId, url }) => {
    try {
      secretBox.decrypt(url, { webhookId, field: 'url' });
      return true;
    } catch {
      return false;
    }
  });
  if (isReadable) return;
  const message =
    'ENCRYPTION_KEY is not the key of this database: it decrypts no webhook; set the key that the database was used with, or add it to ENCRYPTION_KEY_PREVIOUS';
  if (!isHeld) {
    throw new WrongEncryptionKeyError(
      `${message}; if it is lost, start with DELIVERY_HOLD=true, and rotate the secrets and set the URLs of the webhooks`,
    );
  }
  log.error({}, message);
}
