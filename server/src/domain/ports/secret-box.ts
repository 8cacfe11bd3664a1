import type { SealedSecret, Webhook } from '../webhook.ts';

/* Webhook secrets at rest, and the rotation of the encryption key. */

/**
 * Encrypts webhook secrets at rest. Envelope encryption: each secret has its own data key, which is encrypted
 * with the encryption key. A rotation therefore replaces only the encrypted data key.
 */
export interface SecretBox {
  encrypt(secret: string): SealedSecret;
  /** Throws if the secret was encrypted with an unknown key, or is corrupt. */
  decrypt(sealed: SealedSecret): string;
  /** Encrypts the data key with the current encryption key. Throws like `decrypt`. */
  reseal(sealed: SealedSecret): SealedSecret;
  /**
   * Whether the secret uses the current encryption key and the current encoding. Throws if it is malformed.
   */
  isCurrent(sealed: SealedSecret): boolean;
}

/** Webhook secrets, for a rotation of the encryption key. */
export interface SecretSwapStore {
  /** Returns up to `limit` webhooks with ids above `after`, in ascending order. Undefined: from the first. */
  listSecrets(after: string | undefined, limit: number): Promise<(SealedSecrets & Pick<Webhook, 'id'>)[]>;
  /**
   * Applies each swap only if the stored secrets are still `from`. Returns the number of changed webhooks.
   */
  swapSecrets(swaps: readonly SecretSwap[]): Promise<number>;
}

/** A replacement of the encrypted secrets of one webhook. */
export interface SecretSwap {
  readonly id: string;
  readonly from: SealedSecrets;
  readonly to: SealedSecrets;
}

export type SealedSecrets = Pick<Webhook, 'secret' | 'previousSecrets'>;
