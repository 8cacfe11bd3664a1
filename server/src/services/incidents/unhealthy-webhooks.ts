import type { Page, UnhealthyFilter, UnhealthyWebhookView } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type {
  EndpointHealthStore,
  UnhealthyWebhook,
  WebhookStore,
} from '../../domain/ports/webhook-store.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { WebhookViews } from '../webhooks/webhook-view.ts';
import { requireDisabled } from '../webhooks/require-disabled.ts';
import { maxWaiting } from './incident-views.ts';
import { narrowToAccount } from './narrow-to-account.ts';

export interface UnhealthyWebhooksDeps {
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly health: Pick<EndpointHealthStore, 'findUnhealthy'>;
  readonly deliveries: Pick<DeliveryStore, 'countWaitingTo'>;
  readonly views: Pick<WebhookViews, 'getViews'>;
  readonly access: AccessControl;
}

/** Webhooks of each kind that are counted and listed. */
export const maxUnhealthy = 10_000;

/** Lists the webhooks that are failing, paused or disabled, those with the most failures in a row first. */
export function createListUnhealthy({ webhooks, health, deliveries, views, access }: UnhealthyWebhooksDeps) {
  return async function listUnhealthy(
    actor: Actor,
    { state, disabledBy, appId, accountId }: UnhealthyFilter,
    { cursor, limit }: PageRequest,
  ): Promise<Page<UnhealthyWebhookView>> {
    requireDisabled(state, disabledBy);
    const visibility = await narrowToAccount(access, actor, { appId, accountId }, 'deliveries:read');
    const unhealthy = await health.findUnhealthy(visibility, maxUnhealthy);
    const sorted = unhealthy.webhooks
      .filter((webhook) => webhook.state === state)
      .filter((webhook) => disabledBy === undefined || webhook.disabledBy === disabledBy)
      .map((webhook) => ({ id: webhook.id, rank: toRank(webhook) }))
      .sort((a, b) => (a.rank < b.rank ? 1 : -1))
      .filter(({ rank }) => cursor === undefined || rank < cursor);
    const page = sorted.slice(0, limit);
    const ids = page.map(({ id }) => id);
    const [found, waiting] = await Promise.all([
      webhooks.getMany(ids),
      deliveries.countWaitingTo(ids, maxWaiting),
    ]);
    const byId = new Map((await views.getViews(found, actor)).map((view) => [view.id, view]));
    const items = ids.flatMap((id) => {
      const view = byId.get(id);
      const count = waiting.get(id) ?? 0;
      return view === undefined ? [] : [{ ...view, waiting: count, waitingIsCapped: count >= maxWaiting }];
    });
    return { items, nextCursor: sorted.length > limit ? (page.at(-1)?.rank ?? null) : null };
  };
}

export type ListUnhealthy = ReturnType<typeof createListUnhealthy>;

/** Sorts as text like the failures as numbers, and serves as cursor. */
function toRank({ id, failuresInARow }: UnhealthyWebhook): string {
  return `${String(failuresInARow).padStart(12, '0')}_${id}`;
}
