import type { EventExplanation } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { FindServicePause } from '../../domain/ports/destination-limits.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { WebhookViews } from '../webhooks/webhook-view.ts';
import { toEventView } from './events.ts';
import {
  toDeletedVerdict,
  toTargetVerdict,
  toUntargetedVerdict,
  withServicePause,
  type UrllessVerdict,
} from './explain-verdicts.ts';

export interface ExplainDeps {
  readonly events: Pick<EventStore, 'get'>;
  readonly deliveries: Pick<DeliveryStore, 'list'>;
  readonly webhooks: Pick<WebhookStore, 'getMany' | 'listSome'>;
  readonly access: AccessControl;
  readonly views: Pick<WebhookViews, 'getUrl'>;
  readonly findServicePause: FindServicePause;
  readonly clock: Clock;
  /** Retention time in ms. */
  readonly keepMs: number;
}

/** Deliveries read at once. An event can have thousands. */
const deliveriesPerPage = 1_000;

/** Webhooks of the app that are explained besides the targets of the event. */
const maxOthers = 1_000;

/**
 * Explains what happened to an event: one verdict with its reason for each webhook that it was accepted for,
 * and for the other webhooks of its app. Deleted webhooks come last.
 */
export function createExplain(deps: ExplainDeps) {
  const { events, webhooks, access, views, findServicePause, clock, keepMs } = deps;
  const toVerdict = (
    webhook: Webhook,
    event: AcceptedEvent,
    delivery: Delivery | undefined,
    isExpired: boolean,
  ): UrllessVerdict => {
    const verdict = toTargetVerdict(webhook, event, delivery, isExpired);
    if (verdict.verdict !== 'pending' || !webhook.enabled) return verdict;
    const pausedUntil = findServicePause(webhook, clock.now());
    return pausedUntil === undefined ? verdict : withServicePause(verdict, pausedUntil);
  };
  return async function explain(actor: Actor, id: string): Promise<EventExplanation> {
    access.requireScope(actor, 'events:read');
    const event = await events.get(id);
    if (event === undefined || !(await access.canSee(actor, event))) {
      throw apiError('NOT_FOUND', `no event ${id}`);
    }
    const latest = await findLatestDeliveries(deps.deliveries, id);
    // A test ping has a delivery and no target.
    const targetIds = [...new Set([...event.targets, ...latest.keys()])];
    const found = new Map((await webhooks.getMany(targetIds)).map((webhook) => [webhook.id, webhook]));
    const { others, isCapped } = await findOthers(webhooks, event, new Set(targetIds));
    const isExpired = event.acceptedAt < clock.now() - keepMs;
    const existing = [...found.values(), ...others].sort(byAge);
    const deleted = targetIds.filter((webhookId) => !found.has(webhookId));
    return {
      event: toEventView(event),
      verdicts: [
        ...existing.map((webhook) => ({
          ...(found.has(webhook.id)
            ? toVerdict(webhook, event, latest.get(webhook.id), isExpired)
            : toUntargetedVerdict(event, webhook)),
          url: views.getUrl(webhook, actor),
        })),
        ...deleted.map((webhookId) => ({
          ...toDeletedVerdict(webhookId, latest.get(webhookId), isExpired),
          url: null,
        })),
      ],
      isCapped,
    };
  };
}

export type Explain = ReturnType<typeof createExplain>;

/** Oldest first, like the lists of webhooks. */
function byAge(a: Webhook, b: Webhook): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

/** Returns the latest delivery of an event to each webhook, stored or in flight. */
async function findLatestDeliveries(
  deliveries: Pick<DeliveryStore, 'list'>,
  eventId: string,
): Promise<Map<string, Delivery>> {
  const latest = new Map<string, Delivery>();
  let cursor: string | undefined;
  do {
    const page = await deliveries.list({ eventId }, { cursor, limit: deliveriesPerPage });
    // Newest first.
    for (const delivery of page.items) {
      if (!latest.has(delivery.webhookId)) latest.set(delivery.webhookId, delivery);
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return latest;
}

/** Returns webhooks of the app that are no targets of the event, and whether there are more. */
async function findOthers(
  webhooks: Pick<WebhookStore, 'listSome'>,
  event: AcceptedEvent,
  targetIds: ReadonlySet<string>,
): Promise<{ others: Webhook[]; isCapped: boolean }> {
  const limit = targetIds.size + maxOthers + 1;
  const some = await webhooks.listSome(event.appId, limit);
  const others = some.filter(({ id }) => !targetIds.has(id));
  return { others: others.slice(0, maxOthers), isCapped: others.length > maxOthers };
}
