import type { AnyEventType, DisabledReason, EventFamily, Format, Profile } from '@tocsin/shared';

/** The REST mount a webhook belongs to: each mount lists and edits only its own. Null: made over tRPC. */
export type Mount = EventFamily | null;

/** A secret as it is stored: encrypted, with the id of the key that can open it. See services/secret-box. */
export type SealedSecret = string;

export interface Webhook {
  readonly id: string;
  readonly appId: string;
  readonly mount: Mount;
  readonly profile: Profile;
  readonly format: Format;
  readonly url: string;
  readonly events: readonly AnyEventType[];
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly secret: SealedSecret;
  /** The secret before the last rotation, still signed with until the time given (epoch ms). */
  readonly previousSecret: { readonly sealed: SealedSecret; readonly until: number } | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly description: string | null;
  /** Requests per second at most, or null. */
  readonly rateLimit: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Whether an event goes to a webhook. A disabled webhook owes its customer nothing, so nothing is stored for it. */
export function wants(webhook: Webhook, type: AnyEventType): boolean {
  return webhook.enabled && webhook.events.includes(type);
}

/** The ping that a webhook's profile is tested with. */
export function testEventOf(profile: Profile): 'test' | 'test.ping' {
  return profile === 'authon' ? 'test' : 'test.ping';
}
