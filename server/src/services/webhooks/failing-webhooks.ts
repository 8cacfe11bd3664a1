import type { WebhookView } from '@tocsin/shared';
import { isVisible, type Visibility } from '../../domain/ports/page-request.ts';
import type { EndpointHealthStore, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { WebhookViews } from './webhook-view.ts';

export interface FindFailingWebhooksDeps {
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly health: Pick<EndpointHealthStore, 'findFailing'>;
  readonly views: WebhookViews;
}

export type FindFailingWebhooks = (visibility: Visibility, limit: number) => Promise<WebhookView[]>;

/**
 * Finds the visible webhooks with the most consecutive failures. Checks no access: the caller passes what the
 * actor may see.
 */
export function createFindFailingWebhooks(deps: FindFailingWebhooksDeps): FindFailingWebhooks {
  const { webhooks, health, views } = deps;
  return async function findFailingWebhooks(visibility, limit) {
    const candidates = await webhooks.getMany(await health.findFailing(visibility, limit));
    const visible = candidates.filter((webhook) => isVisible(visibility, webhook));
    const found = await views.getViews(visible);
    return found.sort((a, b) => b.health.failuresInARow - a.health.failuresInARow).slice(0, limit);
  };
}
