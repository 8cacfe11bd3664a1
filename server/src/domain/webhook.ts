import type { Contract, DisabledBy, DisabledReason, Format, Signing, SigningProfile } from '@tocsin/shared';
import { isTestPing, testPings } from './event-type.ts';
import { selectsEventType } from './select-event-types.ts';

/**
 * The REST mount that a webhook belongs to. A mount shows and changes only its own. Null: created over tRPC.
 */
export type Mount = Contract | null;

/** An encrypted text, with the id of its encryption key, bound to its webhook and field. See SecretBox. */
export type SealedText = string;

export interface PreviousSecret {
  readonly sealed: SealedText;
  /** When it expires, epoch ms. */
  readonly until: number;
}

/** Each previous secret adds a signature to every request, and receivers limit the size of headers. */
export const maxPreviousSecrets = 3;

/** A client certificate for TLS with the receiver. */
export interface ClientCertificate {
  /** The certificate with its chain and its private key, as sealed JSON. See `openClientCertificate`. */
  readonly sealed: SealedText;
  readonly subject: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** SHA-256. */
  readonly fingerprint: string;
}

export interface Webhook {
  readonly id: string;
  /** Raised by each change of the webhook. Starts at 1; 0 in documents from before the field. */
  readonly revision: number;
  readonly appId: string;
  /** The account of the app. */
  readonly accountId: string;
  readonly mount: Mount;
  readonly profile: SigningProfile;
  readonly format: Format;
  /** Sealed, because the URL of a chat service is a credential. See `openUrl`. */
  readonly url: SealedText;
  /** Event types, or patterns such as `invoice.*`. */
  readonly events: readonly string[];
  /** Like `events`: what it is not subscribed to any more, whose pending deliveries are still sent. */
  readonly keptEvents: readonly string[];
  /** The version that it gets of some event types. It gets the newest one of all others. */
  readonly eventVersions: Readonly<Record<string, number>>;
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly secret: SealedText;
  readonly signing: Signing;
  /** Null unless `signing` is `ed25519`. */
  readonly publicKey: string | null;
  /**
   * Secrets from before rotations, newest first. Several if the secret was rotated again before the overlap
   * ended, because the receiver may use any of them.
   */
  readonly previousSecrets: readonly PreviousSecret[];
  /** The custom headers as sealed JSON, because their values are credentials. See `openHeaders`. */
  readonly headers: SealedText;
  readonly description: string | null;
  /** Maximum requests per second. Null: no limit. */
  readonly rateLimit: number | null;
  readonly clientCertificate: ClientCertificate | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Whether a webhook receives events of a type. A disabled webhook receives none. */
export function isSubscribed(webhook: Webhook, type: string): boolean {
  return webhook.enabled && selectsEventType(webhook.events, type);
}

/** Returns who disabled a webhook. Only a user did it without a reason: an older release stored none. */
export function toDisabledBy(reason: DisabledReason | null): DisabledBy {
  return reason === null || reason === 'by_user' ? 'user' : 'platform';
}

/**
 * Whether deliveries of a type may be sent to a webhook: it is subscribed, or was and keeps its pending
 * deliveries. Test pings are always sent. For a pattern: whether all of its types are.
 */
export function canDeliver(webhook: Pick<Webhook, 'events' | 'keptEvents'>, type: string): boolean {
  return (
    selectsEventType(webhook.events, type) || selectsEventType(webhook.keptEvents, type) || isTestPing(type)
  );
}

/** Returns the types and patterns whose deliveries may be sent to a webhook. */
export function listDeliverable({ events, keptEvents }: Pick<Webhook, 'events' | 'keptEvents'>): string[] {
  return [...new Set([...events, ...keptEvents, ...testPings])];
}

/** Returns the event type of a test ping. */
export function getTestEventType(profile: SigningProfile): 'test' | 'test.ping' {
  return profile === 'authon' ? 'test' : 'test.ping';
}
