import type { KeyObject } from 'node:crypto';
import type { AcceptedEvent } from '../../../domain/event.ts';
import type { HmacKey } from './hmac-key.ts';

/** The headers and body of a request, without the headers that HTTP itself adds (host, content-length). */
export interface SignedRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A signing key of a webhook, decrypted and derived once, and cached with the webhook. */
export type SigningSecret = SharedSecret | PrivateKey;

/** An asymmetric key. Only the profile `standard` can sign with it. */
export interface PrivateKey {
  readonly kind: 'ed25519';
  readonly privateKey: KeyObject;
}

export interface SharedSecret {
  readonly kind: 'hmac';
  /** The secret as the customer sees it. */
  readonly text: string;
  /** The HMAC key for AuthForge: the whole text, prefix included. */
  readonly textKey: HmacKey;
  /** The HMAC key for Standard Webhooks: the decoded base64 part. */
  readonly decodedKey: HmacKey;
}

export interface SignerInput {
  readonly event: AcceptedEvent;
  /** The active secrets, newest first. There is more than one only during a rotation. */
  readonly secrets: readonly SigningSecret[];
  /**
   * Returns the secret for a contract that has room for only one: the oldest active shared secret.
   *
   * @throws Error if the webhook only has a private key
   */
  readonly getSharedSecret: () => SharedSecret;
  /** The time of this attempt, epoch ms. */
  readonly attemptAt: number;
}

/**
 * Signs an event by one profile. Pure. Every attempt has the same body; only `standard` has a new signature
 * per attempt.
 */
export type Signer = (input: SignerInput) => SignedRequest;

/** The User-Agent for profiles whose contract does not define one. */
export const ownUserAgent = 'Tocsin-Webhook/1.0';
