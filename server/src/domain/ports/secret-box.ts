import type { Webhook } from '../webhook.ts';

/* Secrets of webhooks at rest: sealed, and sealed anew when the encryption key changes. */

/** Encrypts webhook secrets at rest. */
export interface SecretBox {
  seal(secret: string): string;
  decrypt(sealed: string): string;
  /** The same secret, sealed with the key that new secrets are sealed with. */
  reseal(sealed: string): string;
  /** Whether it is sealed with that key, and in the form of today. */
  isCurrent(sealed: string): boolean;
}

/** Webhook secrets as the rotation of the encryption key needs them: all of them, a batch at a time. */
export interface SecretSwapStore {
  /** In the order of ids, after `id`. */
  secretsAfter(id: string | undefined, limit: number): Promise<(SealedSecrets & Pick<Webhook, 'id'>)[]>;
  /** Each only if nothing changed since it was read. Answers how many were written. */
  swapSecrets(swaps: readonly SecretSwap[]): Promise<number>;
}

/** The sealed secrets of one webhook, as they were read and as they should become. */
export interface SecretSwap {
  readonly id: string;
  readonly from: SealedSecrets;
  readonly to: SealedSecrets;
}

export type SealedSecrets = Pick<Webhook, 'secret' | 'previousSecrets'>;
