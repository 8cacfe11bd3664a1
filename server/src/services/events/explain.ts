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
import { toEventView } from './events.ts';
import { iso, isoOrNull } from '../common/iso-time.ts';

export interface ExplainDeps {
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  readonly webhooks: WebhookStore;
  readonly access: AccessControl;
}

type Verdict = EventExplanation['verdicts'][number];

/** Deliveries of one event: its targets and their replays; more than an app may have webhooks. */
const maxDeliveries = 1_000;

/** The question that matters: what happened to this event? One verdict for every webhook of its app, with its reason. */
export function createExplain({ events, deliveries, webhooks, access }: ExplainDeps) {
  return async function explain(actor: Actor, id: string): Promise<EventExplanation> {
    access.requireScope(actor, 'events:read');
    const event = await events.get(id);
    if (event === undefined || !(await access.canSee(actor, event.appId))) {
      throw apiError('NOT_FOUND', `no event ${id}`);
    }
    const page = await deliveries.list({ eventId: id }, { cursor: undefined, limit: maxDeliveries });
    const current = await webhooks.listForApp(event.appId);
    const known = new Set(current.map((webhook) => webhook.id));
    const gone = event.targets.filter((target) => !known.has(target));
    return {
      event: toEventView(event),
      verdicts: [
        ...current.map((webhook) => toVerdict(event, webhook, findLatest(page.items, webhook.id))),
        ...gone.map((webhookId) => deletedVerdict(webhookId, findLatest(page.items, webhookId))),
      ],
    };
  };
}

export type Explain = ReturnType<typeof createExplain>;

/** The newest counts: a replay supersedes what it repeats. The list is newest first. */
function findLatest(list: readonly Delivery[], webhookId: string): Delivery | undefined {
  return list.find((delivery) => delivery.webhookId === webhookId);
}

function toVerdict(event: AcceptedEvent, webhook: Webhook, delivery: Delivery | undefined): Verdict {
  if (delivery !== undefined) return fromDelivery(webhook.id, webhook.url, delivery);
  return withoutDelivery(webhook, ...whyNotSent(event, webhook));
}

function whyNotSent(event: AcceptedEvent, webhook: Webhook): [ExplainVerdict, string] {
  if (webhook.createdAt > event.acceptedAt) {
    return ['created_later', `The webhook was created on ${iso(webhook.createdAt)}, after the event came.`];
  }
  if (!webhook.events.includes(event.type)) {
    return ['not_subscribed', `The webhook does not subscribe ${event.type}.`];
  }
  if (!webhook.enabled) {
    return [
      'disabled',
      `The webhook is disabled (${webhook.disabledReason ?? 'by_user'}) since ${iso(webhook.updatedAt)}.`,
    ];
  }
  // Subscribed and enabled now, and changed since: as it was then, it did not match.
  return [
    'disabled',
    `The webhook was disabled, or did not subscribe ${event.type}, when the event came; it was changed on ${iso(webhook.updatedAt)}.`,
  ];
}

function withoutDelivery(webhook: Webhook, verdict: ExplainVerdict, message: string): Verdict {
  return {
    webhookId: webhook.id,
    url: webhook.url,
    verdict,
    reason: verdict === 'disabled' ? (webhook.disabledReason ?? null) : null,
    deliveryId: null,
    attemptCount: 0,
    nextAttemptAt: null,
    message,
  };
}

function deletedVerdict(webhookId: string, delivery: Delivery | undefined): Verdict {
  if (delivery !== undefined && delivery.reason !== 'webhook_deleted')
    return fromDelivery(webhookId, null, delivery);
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

function fromDelivery(webhookId: string, url: string | null, delivery: Delivery): Verdict {
  const lastFailure = delivery.attempts.findLast((attempt) => attempt.reason !== null);
  const waitsForReceiver = delivery.reason === 'awaiting_retry' || delivery.reason === 'retries_exhausted';
  return {
    webhookId,
    url,
    verdict: delivery.status,
    reason: waitsForReceiver ? (lastFailure?.reason ?? delivery.reason) : delivery.reason,
    deliveryId: delivery.id,
    attemptCount: delivery.attemptCount,
    nextAttemptAt: isoOrNull(delivery.dueAt),
    message: toSentence(delivery, lastFailure),
  };
}

function toSentence(delivery: Delivery, lastFailure: Delivery['attempts'][number] | undefined): string {
  const last =
    lastFailure === undefined
      ? ''
      : ` The last failure: ${lastFailure.reason}${lastFailure.statusCode === null ? '' : ` (HTTP ${lastFailure.statusCode})`}.`;
  const tries = delivery.attemptCount === 1 ? '1 attempt' : `${delivery.attemptCount} attempts`;
  switch (delivery.status) {
    case 'delivered':
      return `Delivered${delivery.finishedAt === null ? '' : ` on ${iso(delivery.finishedAt)}`} after ${tries}.`;
    case 'pending':
      return `${pendingSentences[delivery.reason ?? ''] ?? 'Waiting.'} ${tries} so far${
        delivery.dueAt === null ? '' : `; next at ${iso(delivery.dueAt)}`
      }.${last}`;
    case 'failed':
      return `Failed after ${tries}: ${delivery.reason}.${last}`;
    case 'cancelled':
      if (delivery.reason !== 'cancelled_by_user') return `Cancelled: ${delivery.reason}.`;
      return `Cancelled by a person${delivery.finishedAt === null ? '' : ` on ${iso(delivery.finishedAt)}`} after ${tries}.${last}`;
  }
}

const pendingSentences: Readonly<Record<string, string>> = {
  awaiting_first_attempt: 'Being sent for the first time.',
  awaiting_retry: 'Waiting for the next try.',
  webhook_paused: 'The endpoint fails so often that only single probes are sent; this one waits.',
  webhook_disabled: 'The webhook is disabled; this one waits until it is enabled again.',
};
