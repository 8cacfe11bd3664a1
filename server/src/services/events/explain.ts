import type { EventExplanation, ExplainVerdict } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { WebhookViews } from '../webhooks/webhook-view.ts';
import { toEventView } from './events.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';

export interface ExplainDeps {
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  readonly webhooks: WebhookStore;
  readonly access: AccessControl;
  readonly views: Pick<WebhookViews, 'getUrl'>;
}

type Verdict = EventExplanation['verdicts'][number];

/** Only the views decide how much of a URL the actor sees. */
type UrllessVerdict = Omit<Verdict, 'url'>;

/**
 * Limit on the deliveries of one event, including replays. Above the number of webhooks that an app can have.
 */
const maxDeliveries = 1_000;

/** Explains what happened to an event: one verdict with its reason for each webhook of the app. */
export function createExplain({ events, deliveries, webhooks, access, views }: ExplainDeps) {
  return async function explain(actor: Actor, id: string): Promise<EventExplanation> {
    access.requireScope(actor, 'events:read');
    const event = await events.get(id);
    if (event === undefined || !(await access.canSee(actor, event))) {
      throw apiError('NOT_FOUND', `no event ${id}`);
    }
    const page = await deliveries.list({ eventId: id }, { cursor: undefined, limit: maxDeliveries });
    const current = await webhooks.listForApp(event.appId);
    const existing = new Set(current.map((webhook) => webhook.id));
    const deleted = event.targets.filter((target) => !existing.has(target));
    return {
      event: toEventView(event),
      verdicts: [
        ...current.map((webhook) => ({
          ...toVerdict(event, webhook, findLatest(page.items, webhook.id)),
          url: views.getUrl(webhook, actor),
        })),
        ...deleted.map((webhookId) => toDeletedVerdict(webhookId, findLatest(page.items, webhookId))),
      ],
    };
  };
}

export type Explain = ReturnType<typeof createExplain>;

/** The list is newest first, so a replay supersedes the delivery that it repeats. */
function findLatest(list: readonly Delivery[], webhookId: string): Delivery | undefined {
  return list.find((delivery) => delivery.webhookId === webhookId);
}

function toVerdict(event: AcceptedEvent, webhook: Webhook, delivery: Delivery | undefined): UrllessVerdict {
  if (delivery !== undefined) return verdictFromDelivery(webhook.id, delivery);
  return verdictWithoutDelivery(webhook, ...findReason(event, webhook));
}

function findReason(event: AcceptedEvent, webhook: Webhook): [ExplainVerdict, string] {
  if (webhook.createdAt > event.acceptedAt) {
    return [
      'created_later',
      `The webhook was created on ${toIso(webhook.createdAt)}, after the event was published.`,
    ];
  }
  if (!webhook.events.includes(event.type)) {
    return ['not_subscribed', `The webhook is not subscribed to ${event.type}.`];
  }
  if (!webhook.enabled) {
    return [
      'disabled',
      `The webhook is disabled (${webhook.disabledReason ?? 'by_user'}). It was last changed on ${toIso(webhook.updatedAt)}.`,
    ];
  }
  // The webhook matches now, so it was changed after the event.
  return [
    'disabled',
    `The webhook was disabled or not subscribed to ${event.type} when the event was published. It was changed on ${toIso(webhook.updatedAt)}.`,
  ];
}

function verdictWithoutDelivery(webhook: Webhook, verdict: ExplainVerdict, message: string): UrllessVerdict {
  return {
    webhookId: webhook.id,
    verdict,
    reason: verdict === 'disabled' ? (webhook.disabledReason ?? null) : null,
    deliveryId: null,
    attemptCount: 0,
    nextAttemptAt: null,
    message,
  };
}

function toDeletedVerdict(webhookId: string, delivery: Delivery | undefined): Verdict {
  if (delivery !== undefined && delivery.reason !== 'webhook_deleted')
    return { ...verdictFromDelivery(webhookId, delivery), url: null };
  return {
    webhookId,
    url: null,
    verdict: 'deleted',
    reason: 'webhook_deleted',
    deliveryId: delivery?.id ?? null,
    attemptCount: delivery?.attemptCount ?? 0,
    nextAttemptAt: null,
    message: 'The webhook was deleted before the event could be delivered.',
  };
}

function verdictFromDelivery(webhookId: string, delivery: Delivery): UrllessVerdict {
  const lastFailure = delivery.attempts.findLast((attempt) => attempt.reason !== null);
  const dependsOnReceiver = delivery.reason === 'awaiting_retry' || delivery.reason === 'retries_exhausted';
  return {
    webhookId,
    verdict: delivery.status,
    reason: dependsOnReceiver ? (lastFailure?.reason ?? delivery.reason) : delivery.reason,
    deliveryId: delivery.id,
    attemptCount: delivery.attemptCount,
    nextAttemptAt: toIsoOrNull(delivery.dueAt),
    message: toSentence(delivery, lastFailure),
  };
}

function toSentence(delivery: Delivery, lastFailure: Delivery['attempts'][number] | undefined): string {
  const last =
    lastFailure === undefined
      ? ''
      : ` Last failure: ${lastFailure.reason}${lastFailure.statusCode === null ? '' : ` (HTTP ${lastFailure.statusCode})`}.`;
  const attempts = delivery.attemptCount === 1 ? '1 attempt' : `${delivery.attemptCount} attempts`;
  switch (delivery.status) {
    case 'delivered':
      return `Delivered${delivery.finishedAt === null ? '' : ` on ${toIso(delivery.finishedAt)}`} after ${attempts}.`;
    case 'pending':
      return `${pendingSentences[delivery.reason ?? ''] ?? 'Pending.'} ${attempts} so far${
        delivery.dueAt === null ? '' : `; next attempt at ${toIso(delivery.dueAt)}`
      }.${last}`;
    case 'failed':
      return `Failed after ${attempts}: ${delivery.reason}.${last}`;
    case 'cancelled':
      if (delivery.reason !== 'cancelled_by_user') return `Cancelled: ${delivery.reason}.`;
      return `Cancelled by a user${delivery.finishedAt === null ? '' : ` on ${toIso(delivery.finishedAt)}`} after ${attempts}.${last}`;
  }
}

const pendingSentences: Readonly<Record<string, string>> = {
  awaiting_first_attempt: 'Waiting for the first attempt.',
  awaiting_retry: 'Waiting for the next attempt.',
  webhook_paused: 'The endpoint is paused after too many failures; the delivery waits.',
  webhook_disabled: 'The webhook is disabled; the delivery waits until it is enabled.',
};
