import type { AnyEventType, DisabledReason, Contract, Format, SigningProfile, Signing } from '@tocsin/shared';

/** The REST mount a webhook belongs to: each mount lists and edits only its own. Null: made over tRPC. */
export type Mount = Contract | null;

/** A secret as it is stored: encrypted, with the id of the key that can open it. See services/secret-box. */
export type SealedSecret = string;

export interface PreviousSecret {
  readonly sealed: SealedSecret;
  readonly until: number;
}

/** Each one in force is a signature more on every request, and the header has its limits. */
export const maxPreviousSecrets = 3;

export interface Webhook {
  readonly id: string;
  readonly appId: string;
  readonly mount: Mount;
  readonly profile: SigningProfile;
  readonly format: Format;
  readonly url: string;
  readonly events: readonly AnyEventType[];
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly secret: SealedSecret;
  readonly signing: Signing;
  /** Told to everybody; null unless `signing` is `ed25519`. */
  readonly publicKey: string | null;
  /**
   * Secrets from before rotations, newest first, each in force until the time given (epoch ms). More than one when
   * somebody rotates again before the overlap is over: the receiver may hold any of them.
   */
  readonly previousSecrets: readonly PreviousSecret[];
  readonly headers: Readonly<Record<string, string>>;
  readonly description: string | null;
  /** Requests per second at most, or null. */
  readonly rateLimit: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Whether an event goes to a webhook. A disabled webhook owes its customer nothing, so nothing is stored for it. */
export function isSubscribed(webhook: Webhook, type: AnyEventType): boolean {
  return webhook.enabled && webhook.events.includes(type);
}

/** The ping that a webhook's profile is tested with. */
export function toTestEvent(profile: SigningProfile): 'test' | 'test.ping' {
  return profile === 'authon' ? 'test' : 'test.ping';
}
