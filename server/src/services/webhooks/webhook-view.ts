import { maskText, maskUrl, type WebhookView } from '@tocsin/shared';
import { hasScope, type Actor } from '../../domain/access.ts';
import { toHealthState, unknownHealth, type EndpointHealth } from '../../domain/endpoint-health.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { EndpointHealthStore } from '../../domain/ports/webhook-store.ts';
import { openHeaders, openUrl, type CustomHeaders } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';

export interface WebhookViewsDeps {
  readonly health: Pick<EndpointHealthStore, 'getForDisplay'>;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  readonly clock: Clock;
}

/**
 * Webhooks with the stored health of their endpoints, in the shape that callers see. Tokens in URLs and the
 * values of custom headers are masked, unless the actor is given and may write webhooks.
 */
export function createWebhookViews({ health, secretBox, clock }: WebhookViewsDeps) {
  return {
    async getViews(webhooks: readonly Webhook[], actor?: Actor): Promise<WebhookView[]> {
      const known = await health.getForDisplay(webhooks.map((webhook) => webhook.id));
      return webhooks.map((webhook) =>
        toWebhookView(
          webhook,
          toEndpointView(secretBox, webhook, actor),
          known.get(webhook.id) ?? unknownHealth,
          clock.now(),
        ),
      );
    },

    async getView(webhook: Webhook, actor?: Actor): Promise<WebhookView> {
      const known = await health.getForDisplay([webhook.id]);
      const endpoint = toEndpointView(secretBox, webhook, actor);
      return toWebhookView(webhook, endpoint, known.get(webhook.id) ?? unknownHealth, clock.now());
    },

    /** The URL alone, masked like in a view. */
    getUrl(webhook: Webhook, actor?: Actor): string {
      return toEndpointView(secretBox, webhook, actor).url;
    },
  };
}

export type WebhookViews = ReturnType<typeof createWebhookViews>;

interface EndpointView {
  readonly url: string;
  readonly headers: CustomHeaders;
}

/** An endpoint that no key decrypts is shown masked, so that its webhook can still be listed and repaired. */
function toEndpointView(
  secretBox: Pick<SecretBox, 'decrypt'>,
  webhook: Webhook,
  actor: Actor | undefined,
): EndpointView {
  const isShown = actor !== undefined && hasScope(actor, 'webhooks:write');
  try {
    const url = openUrl(secretBox, webhook);
    const headers = openHeaders(secretBox, webhook);
    return isShown ? { url, headers } : { url: maskUrl(url), headers: maskHeaders(headers) };
  } catch {
    return { url: maskText, headers: {} };
  }
}

/** Masks every value, because it is unknown which ones are credentials. */
function maskHeaders(headers: CustomHeaders): CustomHeaders {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, maskText]));
}

export function toWebhookView(
  webhook: Webhook,
  endpoint: EndpointView,
  health: EndpointHealth,
  now: number,
): WebhookView {
  const previousUntil = Math.max(0, ...webhook.previousSecrets.map((previous) => previous.until));
  const lastDeliveryAt = Math.max(health.lastSuccessAt ?? 0, health.lastFailureAt ?? 0);
  return {
    id: webhook.id,
    revision: webhook.revision,
    appId: webhook.appId,
    url: endpoint.url,
    events: [...webhook.events],
    eventVersions: { ...webhook.eventVersions },
    enabled: webhook.enabled,
    disabledReason: webhook.disabledReason,
    profile: webhook.profile,
    format: webhook.format,
    headers: { ...endpoint.headers },
    description: webhook.description,
    rateLimit: webhook.rateLimit,
    signing: webhook.signing,
    publicKey: webhook.publicKey,
    clientCertificate: webhook.clientCertificate && {
      subject: webhook.clientCertificate.subject,
      expiresAt: toIso(webhook.clientCertificate.expiresAt),
      fingerprint: webhook.clientCertificate.fingerprint,
    },
    previousSecretUntil: previousUntil > now ? toIso(previousUntil) : null,
    createdAt: toIso(webhook.createdAt),
    updatedAt: toIso(webhook.updatedAt),
    lastDeliveryAt: lastDeliveryAt === 0 ? null : toIso(lastDeliveryAt),
    health: {
      state: toHealthState(health, webhook.enabled),
      failuresInARow: health.failuresInARow,
      lastSuccessAt: toIsoOrNull(health.lastSuccessAt),
      lastFailureAt: toIsoOrNull(health.lastFailureAt),
      lastFailureReason: health.lastFailureReason,
      failingSince: toIsoOrNull(health.failingSince),
    },
  };
}
