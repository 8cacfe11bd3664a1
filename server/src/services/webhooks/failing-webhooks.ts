import type { WebhookView } from '@tocsin/shared';
import type { EndpointHealthStore, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { WebhookViews } from './webhook-view.ts';

export interface FindFailingWebhooksDeps {
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly health: Pick<EndpointHealthStore, 'findFailing'>;
  readonly views: WebhookViews;
}

export type FindFailingWebhooks = (
  appIds: readonly string[] | undefined,
  limit: number,
) => Promise<WebhookView[]>;

/**
 * Finds the webhooks with the most consecutive failures, in the given apps or in all. Checks no access: the
 * caller passes only apps that the actor may see.
 */
export function createFindFailingWebhooks(deps: FindFailingWebhooksDeps): FindFailingWebhooks {
  const { webhooks, health, views } = deps;
  return async function findFailingWebhooks(appIds, limit) {
    // More than the limit, because webhooks of other apps are dropped.
    const candidates = await webhooks.getMany(await health.findFailing(limit * 10));
    const visible = candidates.filter((webhook) => appIds === undefined || appIds.includes(webhook.appId));
    const found = await views.getViews(visible);
    return found.sort((a, b) => b.health.failuresInARow - a.health.failuresInARow).slice(0, limit);
  };
}
