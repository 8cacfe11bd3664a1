import type { SealedText, Webhook } from '../webhook.ts';

/*
 * Credentials at rest: those of webhooks, and those in the responses of calls. And the rotation of the
 * encryption key.
 */

/** The fields of a webhook that are stored encrypted. */
export type SealedField = 'secret' | 'previousSecrets' | 'url' | 'headers' | 'clientCertificate';

/** Where a sealed text of a webhook is stored. A text that is moved to another place does not decrypt. */
interface WebhookPlace {
  readonly webhookId: string;
  readonly field: SealedField;
}

/** Where a sealed text of a call with an idempotency key is stored. */
interface CallPlace {
  readonly callId: string;
  readonly field: 'input' | 'reserved' | 'response';
}

export type SealPlace = WebhookPlace | CallPlace;

/**
 * Encrypts credentials at rest. Envelope encryption: each text has its own data key, which is
 * encrypted with the encryption key. A rotation therefore replaces only the encrypted data key.
 */
export interface SecretBox {
  encrypt(text: string, place: SealPlace): SealedText;
  /**
   * Throws if the text was encrypted with an unknown key or for another place, has the form of an older
   * release, or is corrupt.
   */
  decrypt(sealed: SealedText, place: SealPlace): string;
  /** Encrypts the data key with the current encryption key. Throws like `decrypt`. */
  reseal(sealed: SealedText, place: SealPlace): SealedText;
  /**
   * Whether the data key is encrypted with the current encryption key. Throws if the text is malformed.
   */
  isCurrent(sealed: SealedText): boolean;
}

/** Reads what an older release stored, and binds it to its place. Only migrations use it. */
export interface OldFormSealer {
  /** Whether a stored value already has the current form. */
  isBound(stored: unknown): stored is SealedText;
  /** Seals a clear text. */
  seal(text: string, place: SealPlace): SealedText;
  /** Decrypts a secret in an old form and seals it for its place. Throws if no key decrypts it. */
  bind(sealed: string, place: SealPlace): SealedText;
  /** Decrypts a text in the current form. Throws if no key decrypts it. */
  open(sealed: SealedText, place: SealPlace): string;
}

/** Sealed fields of webhooks, for a rotation of the encryption key. */
export interface SecretSwapStore {
  /** Returns up to `limit` webhooks with ids above `after`, in ascending order. Undefined: from the first. */
  listSecrets(after: string | undefined, limit: number): Promise<(SealedFields & Pick<Webhook, 'id'>)[]>;
  /**
   * Applies each swap only if the stored fields are still `from`. Returns the number of changed webhooks.
   */
  swapSecrets(swaps: readonly SecretSwap[]): Promise<number>;
}

/** A replacement of the sealed fields of one webhook. */
export interface SecretSwap {
  readonly id: string;
  readonly from: SealedFields;
  readonly to: SealedFields;
}

export type SealedFields = Pick<Webhook, SealedField>;
