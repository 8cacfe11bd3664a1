import type { KeyObject } from 'node:crypto';
import type { AcceptedEvent } from '../../../domain/event.ts';

/** What a request of one profile consists of, before the sender's own headers (host, content-length). */
interface SignedRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Key material of a webhook, opened and derived once and kept while its configuration is cached. */
export type SigningSecret = SharedSecret | PrivateKey;

/** Only `standard` can sign with it. */
interface PrivateKey {
  readonly kind: 'ed25519';
  readonly privateKey: KeyObject;
}

export interface SharedSecret {
  readonly kind: 'hmac';
  /** The secret as it was shown to the customer. */
  readonly text: string;
  /** HMAC key over the whole text, prefix included: AuthForge's reading. */
  readonly textKey: KeyObject;
  /** HMAC key over the base64 part: Standard Webhooks' reading. */
  readonly decodedKey: KeyObject;
}

export interface SignerInput {
  readonly event: AcceptedEvent;
  /** All that are in force, newest first. More than one only while a rotation overlaps. */
  readonly secrets: readonly SigningSecret[];
  /** The one shared secret that a contract with room for a single proof uses. */
  readonly proof: () => SharedSecret;
  /** When this attempt is made, epoch ms. */
  readonly attemptAt: number;
}

/** Pure. The body is the same on every attempt; only `standard` has a fresh timestamp and signature for each. */
export type Signer = (input: SignerInput) => SignedRequest;

/** Sent where a contract names no other. */
export const ownUserAgent = 'Tocsin-Webhook/1.0';
