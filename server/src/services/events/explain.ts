import type { EventExplanation } from '@tocsin/shared';
import { hasScope, type Actor } from '../../domain/access.ts';
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
import { mapFew } from '../common/map-few.ts';
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

/** What a list of events explains of each, so that its cost is bounded. */
const listed = { targets: 100, others: 100 } as const;

/**
 * Explains what happened to an event: one verdict with its reason for each webhook that it was accepted for,
 * and for the other webhooks of its app. Deleted webhooks come last.
 */
export function createExplain(deps: ExplainDeps) {
  const { events, access } = deps;
  return async function explain(actor: Actor, id: string): Promise<EventExplanation> {
    access.requireScope(actor, 'events:read');
    const event = await events.get(id);
    if (event === undefined || !(await access.canSee(actor, event))) {
      throw apiError('NOT_FOUND', `no event ${id}`);
    }
    const latest = await findLatestDeliveries(deps.deliveries, id);
    const targetIds = listTargets(event, latest);
    const limit = targetIds.length + maxOthers + 1;
    const [targets, ofApp] = await Promise.all([
      deps.webhooks.getMany(targetIds),
      deps.webhooks.listSome(event.appId, limit),
    ]);
    return toExplanation(deps, actor, { event, latest, targetIds, targets, ofApp, others: maxOthers });
  };
}

export type Explain = ReturnType<typeof createExplain>;

/** Explains events that the actor may see, with a bounded number of webhooks each. */
export function createExplainMany(deps: Omit<ExplainDeps, 'events' | 'access'>) {
  const { deliveries, webhooks } = deps;
  return async function explainMany(
    actor: Actor,
    events: readonly AcceptedEvent[],
    { onlyWebhook }: { readonly onlyWebhook?: Webhook | undefined } = {},
  ): Promise<EventExplanation[]> {
    const appIds = onlyWebhook === undefined ? [...new Set(events.map(({ appId }) => appId))] : [];
    const [latest, someByApp] = await Promise.all([
      mapFew(events, async ({ id }) => await findSomeDeliveries(deliveries, id, onlyWebhook?.id)),
      mapFew(appIds, async (appId) => {
        const limit = listed.targets + listed.others + 1;
        return [appId, await webhooks.listSome(appId, limit)] as const;
      }),
    ]);
    const ofApps = new Map(someByApp);
    const targetIds = events.map((event, index) => listSomeTargets(event, latest[index], onlyWebhook?.id));
    const known = new Map([...ofApps.values()].flat().map((webhook) => [webhook.id, webhook]));
    const unknown = [...new Set(targetIds.flat())].filter((id) => !known.has(id));
    for (const webhook of await webhooks.getMany(unknown)) known.set(webhook.id, webhook);
    const views = withKnownUrls(deps.views);
    return events.map((event, index) => {
      const ids = targetIds[index] ?? [];
      const explanation = toExplanation({ ...deps, views }, actor, {
        event,
        latest: latest[index] ?? new Map<string, Delivery>(),
        targetIds: ids,
        targets: ids.flatMap((id) => known.get(id) ?? []),
        ofApp: onlyWebhook === undefined ? (ofApps.get(event.appId) ?? []) : [onlyWebhook],
        others: listed.others,
      });
      return ids.length < event.targets.length && onlyWebhook === undefined
        ? { ...explanation, isCapped: true }
        : explanation;
    });
  };
}

export type ExplainMany = ReturnType<typeof createExplainMany>;

/** Decrypts the URL of each webhook once, however many events are explained. */
function withKnownUrls({ getUrl }: ExplainDeps['views']): ExplainDeps['views'] {
  const urls = new Map<string, string>();
  return {
    getUrl: (webhook, actor) => {
      const url = urls.get(webhook.id) ?? getUrl(webhook, actor);
      urls.set(webhook.id, url);
      return url;
    },
  };
}

interface Found {
  readonly event: AcceptedEvent;
  /** The latest delivery to each webhook. */
  readonly latest: ReadonlyMap<string, Delivery>;
  /** The targets that are explained. */
  readonly targetIds: readonly string[];
  /** Those of the targets that exist. */
  readonly targets: readonly Webhook[];
  /** Webhooks of the app, with or without the targets. */
  readonly ofApp: readonly Webhook[];
  /** How many of the others are explained. */
  readonly others: number;
}

function toExplanation(
  deps: Pick<ExplainDeps, 'views' | 'findServicePause' | 'clock' | 'keepMs'>,
  actor: Actor,
  { event, latest, targetIds, targets, ofApp, others: maxShown }: Found,
): EventExplanation {
  const { views, clock, keepMs } = deps;
  const isExpired = event.acceptedAt < clock.now() - keepMs;
  const found = new Set(targets.map(({ id }) => id));
  const isTarget = new Set(listTargets(event, latest));
  const others = ofApp.filter(({ id }) => !isTarget.has(id));
  const existing = [...targets, ...others.slice(0, maxShown)].sort(byAge);
  const deleted = targetIds.filter((webhookId) => !found.has(webhookId));
  return {
    event: toEventView(event),
    verdicts: [
      ...existing.map((webhook) => ({
        ...(found.has(webhook.id)
          ? toVerdict(deps, webhook, event, { delivery: latest.get(webhook.id), isExpired })
          : toUntargetedVerdict(event, webhook)),
        url: views.getUrl(webhook, actor),
        description: hasScope(actor, 'webhooks:read') ? webhook.description : null,
      })),
      ...deleted.map((webhookId) => ({
        ...toDeletedVerdict(webhookId, latest.get(webhookId), isExpired),
        url: null,
        description: null,
      })),
    ],
    isCapped: others.length > maxShown,
  };
}

function toVerdict(
  { findServicePause, clock }: Pick<ExplainDeps, 'findServicePause' | 'clock'>,
  webhook: Webhook,
  event: AcceptedEvent,
  { delivery, isExpired }: { readonly delivery: Delivery | undefined; readonly isExpired: boolean },
): UrllessVerdict {
  const verdict = toTargetVerdict(webhook, event, delivery, isExpired);
  if (verdict.verdict !== 'pending' || !webhook.enabled) return verdict;
  const pausedUntil = findServicePause(webhook, clock.now());
  return pausedUntil === undefined ? verdict : withServicePause(verdict, pausedUntil);
}

/** A test ping has a delivery and no target. */
function listTargets(event: AcceptedEvent, latest: ReadonlyMap<string, Delivery> = new Map()): string[] {
  return [...new Set([...event.targets, ...latest.keys()])];
}

/** Of many targets, those whose deliveries were read: of the others, nothing is known. */
function listSomeTargets(
  event: AcceptedEvent,
  latest: ReadonlyMap<string, Delivery> = new Map(),
  onlyWebhookId: string | undefined,
): string[] {
  if (onlyWebhookId !== undefined) {
    return event.targets.includes(onlyWebhookId) || latest.has(onlyWebhookId) ? [onlyWebhookId] : [];
  }
  return event.targets.length <= listed.targets ? listTargets(event, latest) : [...latest.keys()];
}

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
    addLatest(latest, page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return latest;
}

async function findSomeDeliveries(
  deliveries: Pick<DeliveryStore, 'list'>,
  eventId: string,
  webhookId: string | undefined,
): Promise<Map<string, Delivery>> {
  const latest = new Map<string, Delivery>();
  const page = { cursor: undefined, limit: webhookId === undefined ? listed.targets : 1 };
  addLatest(latest, (await deliveries.list({ eventId, webhookId }, page)).items);
  return latest;
}

/** @param newestFirst the order of lists */
function addLatest(latest: Map<string, Delivery>, newestFirst: readonly Delivery[]): void {
  for (const delivery of newestFirst) {
    if (!latest.has(delivery.webhookId)) latest.set(delivery.webhookId, delivery);
  }
}
