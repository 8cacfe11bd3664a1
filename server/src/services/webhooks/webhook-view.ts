import type { WebhookView } from '@tocsin/shared';
import { toHealthState, unknownHealth, type EndpointHealth } from '../../domain/endpoint-health.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { EndpointHealthStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';

export interface WebhookViewsDeps {
  readonly health: EndpointHealthStore;
  readonly clock: Clock;
}

/** Webhooks with the stored health of their endpoints, in the shape that callers see. */
export function createWebhookViews({ health, clock }: WebhookViewsDeps) {
  return {
    async getViews(webhooks: readonly Webhook[]): Promise<WebhookView[]> {
      const known = await health.get(webhooks.map((webhook) => webhook.id));
      return webhooks.map((webhook) =>
        toWebhookView(webhook, known.get(webhook.id) ?? unknownHealth, clock.now()),
      );
    },

    async getView(webhook: Webhook): Promise<WebhookView> {
      const known = await health.get([webhook.id]);
      return toWebhookView(webhook, known.get(webhook.id) ?? unknownHealth, clock.now());
    },
  };
}

export type WebhookViews = ReturnType<typeof createWebhookViews>;

export function toWebhookView(webhook: Webhook, health: EndpointHealth, now: number): WebhookView {
  const previousUntil = Math.max(0, ...webhook.previousSecrets.map((previous) => previous.until));
  const lastDeliveryAt = Math.max(health.lastSuccessAt ?? 0, health.lastFailureAt ?? 0);
  return {
    id: webhook.id,
    appId: webhook.appId,
    url: webhook.url,
    events: [...webhook.events],
    enabled: webhook.enabled,
    disabledReason: webhook.disabledReason,
    profile: webhook.profile,
    format: webhook.format,
    headers: { ...webhook.headers },
    description: webhook.description,
    rateLimit: webhook.rateLimit,
    signing: webhook.signing,
    publicKey: webhook.publicKey,
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
