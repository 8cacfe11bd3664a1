import type { IncidentView } from '@tocsin/shared';
import { getAppLimit, type Actor } from '../../domain/access.ts';
import { toHealthState, unknownHealth, type EndpointHealth } from '../../domain/endpoint-health.ts';
import { hourMs, isIncidentOpen, keptHours, toHour, type Incident } from '../../domain/incident.ts';
import type { ActivityStore } from '../../domain/ports/activity-store.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { EndpointHealthStore, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';
import type { WebhookViews } from '../webhooks/webhook-view.ts';

export interface IncidentViewsDeps {
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly health: Pick<EndpointHealthStore, 'get'>;
  readonly deliveries: Pick<DeliveryStore, 'countWaitingTo'>;
  readonly activity: Pick<ActivityStore, 'read'>;
  readonly webhookViews: Pick<WebhookViews, 'getUrl'>;
  readonly clock: Clock;
}

/** Waiting deliveries that are counted for each webhook. */
export const maxWaiting = 10_000;

/** Incidents as callers see them, with their webhooks, backlogs and shares. */
export function createIncidentViews(deps: IncidentViewsDeps) {
  const { webhooks, health, deliveries, activity, webhookViews, clock } = deps;

  /** The attempts of accounts in the hours that incidents keep. For a key of one app: those of the app. */
  async function countAttempts(incidents: readonly Incident[], actor: Actor, since: number) {
    const accountIds = [...new Set(incidents.map(({ accountId }) => accountId))];
    const [only] = accountIds.length === 1 ? accountIds : [];
    const entries = await activity.read(
      { accountId: only, appId: getAppLimit(actor), excludedAppIds: [] },
      since,
    );
    const attempts = new Map<string, number>();
    for (const { accountId, counts } of entries) {
      attempts.set(accountId, (attempts.get(accountId) ?? 0) + counts.attempts);
    }
    return attempts;
  }

  async function getViews(incidents: readonly Incident[], actor: Actor): Promise<IncidentView[]> {
    if (incidents.length === 0) return [];
    const now = clock.now();
    const firstHour = toHour(now) - (keptHours - 1) * hourMs;
    const ids = [...new Set(incidents.map(({ webhookId }) => webhookId))];
    const [found, healthById, waiting, attempts] = await Promise.all([
      webhooks.getMany(ids),
      health.get(ids),
      deliveries.countWaitingTo(ids, maxWaiting),
      countAttempts(incidents, actor, firstHour),
    ]);
    const byId = new Map(found.map((webhook) => [webhook.id, webhook]));
    return incidents.map((incident) => {
      const { webhookId, accountId } = incident;
      const webhook = byId.get(webhookId);
      const url = webhook === undefined ? null : webhookViews.getUrl(webhook, actor);
      return {
        ...toWebhookFields(webhook, url, healthById.get(webhookId) ?? unknownHealth),
        ...toIncidentFields(incident, now),
        ...toHourFields(incident, firstHour, attempts.get(accountId) ?? 0),
        waiting: waiting.get(webhookId) ?? 0,
        waitingIsCapped: (waiting.get(webhookId) ?? 0) >= maxWaiting,
      };
    });
  }

  return {
    getViews,
    async getView(incident: Incident, actor: Actor): Promise<IncidentView> {
      const [view] = await getViews([incident], actor);
      if (view === undefined) throw new Error('an incident has one view');
      return view;
    },
  };
}

export type IncidentViews = ReturnType<typeof createIncidentViews>;

function toWebhookFields(webhook: Webhook | undefined, url: string | null, health: EndpointHealth) {
  return {
    url,
    description: webhook?.description ?? null,
    webhookState: webhook === undefined ? null : toHealthState(health, webhook.enabled),
    disabledReason: webhook?.disabledReason ?? null,
  };
}

function toIncidentFields(incident: Incident, now: number) {
  const { id, webhookId, appId, accountId, reason, statusCode, failedAttempts, note } = incident;
  const isOpen = isIncidentOpen(incident, now);
  const { snoozedUntil } = incident;
  return {
    id,
    webhookId,
    appId,
    accountId,
    reason,
    statusCode,
    failedAttempts,
    note,
    state: isOpen ? ('open' as const) : ('closed' as const),
    firstSeenAt: toIso(incident.firstSeenAt),
    openedAt: toIso(incident.openedAt),
    lastSeenAt: toIso(incident.lastSeenAt),
    closedAt: isOpen ? null : toIsoOrNull(incident.endsAt),
    closedBy: isOpen ? null : incident.closedBy,
    snoozedUntil: snoozedUntil !== null && snoozedUntil > now ? toIso(snoozedUntil) : null,
  };
}

function toHourFields({ hourly }: Incident, firstHour: number, attempts: number) {
  const byHour = new Map(hourly.map((one) => [one.at, one.attempts]));
  const counts = Array.from({ length: keptHours }, (_, index) => byHour.get(firstHour + index * hourMs) ?? 0);
  const failed = counts.reduce((sum, count) => sum + count, 0);
  // Both are counted in memory and saved apart, so the failures can be ahead.
  return { hourly: counts, share: attempts === 0 ? null : Math.min(1, failed / attempts) };
}
