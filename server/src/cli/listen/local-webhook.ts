import type { SigningProfile } from '@tocsin/shared';
import type { ResolvedFormat } from '../../delivery/destinations/destination.ts';
import { createChatRequestFactory } from '../../delivery/request/chat-request-factory.ts';
import type { ServiceLimits } from '../../delivery/request/limits.ts';
import type { RequestFactory } from '../../delivery/request/request-factory.ts';
import { createSignedRequestFactory } from '../../delivery/request/signed-request-factory.ts';
import { toDeliveryMarker } from '../../domain/delivery-marker.ts';
import type { Webhook } from '../../domain/webhook.ts';

/** How events are sent to the local receiver. */
export interface LocalWebhook {
  readonly appId: string;
  readonly url: URL;
  readonly profile: SigningProfile;
  readonly format: ResolvedFormat;
  /** Custom headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
}

/** As a delivery has it, so that a server which is called by mistake does not publish the event again. */
const marker = toDeliveryMarker('listen');

/** Nothing is stored, so nothing is encrypted. */
const plainText = { decrypt: (text: string) => text };

/** A local receiver has no limits of a chat service. */
const noLimits: ServiceLimits = {
  getWebhookLimits: () => ({
    limiter: { isBusy: false, notBefore: 0 },
    service: { pausedUntil: -Infinity, reserveStart: (now) => now, start: () => undefined },
    apply: () => false,
  }),
};

/** Creates the requests with the code of a delivery, so that the receiver gets the same bytes. */
export function createLocalRequestFactory(local: LocalWebhook): RequestFactory {
  const webhook = toWebhook(local);
  return local.format === 'json'
    ? createSignedRequestFactory(webhook, local.url, plainText, marker)
    : createChatRequestFactory(webhook, local.url, local.format, {
        destinationLimits: noLimits,
        publicHost: undefined,
      });
}

function toWebhook({ appId, url, profile, headers, secret }: LocalWebhook): Webhook {
  return {
    id: 'wh_local',
    revision: 1,
    appId,
    accountId: 'local',
    mount: null,
    profile,
    format: 'json',
    url: url.href,
    events: ['*'],
    keptEvents: [],
    eventVersions: {},
    enabled: true,
    disabledReason: null,
    secret,
    signing: secret.startsWith('whsk_') ? 'ed25519' : 'hmac',
    publicKey: null,
    previousSecrets: [],
    headers: JSON.stringify(headers),
    description: null,
    rateLimit: null,
    clientCertificate: null,
    createdAt: 0,
    updatedAt: 0,
  };
}
