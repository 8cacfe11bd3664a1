import {
  describeAttempt,
  describeDisabled,
  describeReason,
  isEventPattern,
  matchesEventType,
  type EventExplanation,
  type ExplainVerdict,
} from '@tocsin/shared';
import type { Delivery } from '../../domain/delivery.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import { isTestPing } from '../../domain/event-type.ts';
import { selectsEventType } from '../../domain/select-event-types.ts';
import { canDeliver, type Webhook } from '../../domain/webhook.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';

/** Only the views decide how much of a URL the actor sees. */
export type UrllessVerdict = Omit<EventExplanation['verdicts'][number], 'url' | 'description'>;

/**
 * A change this much older than an event is known to all processes: longer than webhooks are cached and than
 * clocks differ.
 */
const settledMs = 10_000;

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

/**
 * The verdict at a webhook that its chat service takes nothing from until `pausedUntil`, epoch ms. The delivery may
 * have been stored before.
 */
export function withServicePause(verdict: UrllessVerdict, pausedUntil: number): UrllessVerdict {
  const pauseEnd = toIso(pausedUntil);
  const { nextAttemptAt } = verdict;
  return {
    ...verdict,
    reason: 'destination_limited',
    nextAttemptAt: nextAttemptAt !== null && nextAttemptAt > pauseEnd ? nextAttemptAt : pauseEnd,
    message: `The chat service limits all requests of this server or of this account; the delivery waits at least until ${pauseEnd}. ${verdict.message}`,
  };
}

/** The verdict at a target of the event that was deleted since. */
export function toDeletedVerdict(
  webhookId: string,
  delivery: Delivery | undefined,
  isExpired: boolean,
): UrllessVerdict {
  if (delivery === undefined) {
    const message = isExpired
      ? 'The webhook was deleted, and retention removed the delivery. Its result is not known any more.'
      : 'The webhook was deleted, and no delivery is stored.';
    return verdictWithoutDelivery(webhookId, 'deleted', message);
  }
  if (delivery.reason !== 'webhook_deleted') return verdictFromDelivery(webhookId, delivery);
  return {
    ...verdictFromDelivery(webhookId, delivery),
    verdict: 'deleted',
    nextAttemptAt: null,
    message: 'The webhook was deleted before the event could be delivered.',
  };
}

/** The verdict at a target of the event that exists, from its latest delivery. */
export function toTargetVerdict(
  webhook: Webhook,
  event: AcceptedEvent,
  delivery: Delivery | undefined,
  isExpired: boolean,
): UrllessVerdict {
  if (delivery !== undefined) {
    const verdict = verdictFromDelivery(webhook.id, delivery);
    return {
      ...verdict,
      message: `${verdict.message}${toSubscriptionSentences(webhook, event, delivery)}`,
    };
  }
  const message = isExpired
    ? 'The event was sent to the webhook. Retention removed the delivery, so its result is not known any more.'
    : 'The event matched the webhook, but no delivery is stored. Reconciliation (system.audit) reports such deliveries.';
  return verdictWithoutDelivery(webhook.id, 'no_record', message);
}

function toSubscriptionSentences(webhook: Webhook, event: AcceptedEvent, delivery: Delivery): string {
  const { sentByHand } = delivery;
  if (sentByHand !== undefined) return ` Sent by hand by ${sentByHand.by} on ${toIso(sentByHand.at)}.`;
  return `${toPatternSentence(webhook, event)}${toUnsubscribedSentence(webhook, event, delivery)}`;
}

/** Which pattern subscribes the webhook to an event. Empty if the webhook names the type, or no pattern matches. */
function toPatternSentence({ events }: Webhook, { type }: AcceptedEvent): string {
  if (isTestPing(type) || events.includes(type)) return '';
  const pattern = events.find((entry) => matchesEventType(entry, type));
  return pattern === undefined ? '' : ` The webhook is subscribed to ${type} by ${pattern}.`;
}

/** Patterns that a sentence names. */
const maxNamedPatterns = 5;

/** Which patterns of a webhook do not match an event. Empty if it has none. */
function toUnmatchedPatterns({ events }: Webhook): string {
  const patterns = events.filter(isEventPattern);
  if (patterns.length === 0) return '';
  const named = patterns.slice(0, maxNamedPatterns).join(', ');
  const more = patterns.length > maxNamedPatterns ? ` and ${patterns.length - maxNamedPatterns} more` : '';
  return patterns.length === 1
    ? ` Its pattern ${named} does not match.`
    : ` Its patterns ${named}${more} do not match.`;
}

/** What it means for a delivery that the event's type was taken off the webhook. Empty if it was not. */
function toUnsubscribedSentence(webhook: Webhook, { type }: AcceptedEvent, delivery: Delivery): string {
  if (isTestPing(type) || selectsEventType(webhook.events, type)) return '';
  const isUnsubscribed = ` The webhook is not subscribed to ${type} any more`;
  switch (delivery.status) {
    case 'pending':
      return canDeliver(webhook, type)
        ? `${isUnsubscribed}, and keeps its pending deliveries.`
        : `${isUnsubscribed}, so the delivery is cancelled when it is due.`;
    case 'cancelled':
    case 'delivered':
    case 'failed':
      return canDeliver(webhook, type)
        ? `${isUnsubscribed}.`
        : `${isUnsubscribed}, so the delivery cannot be sent again.`;
  }
}

/** The verdict at a webhook that is no target of the event. Claims only what the webhook and the event show. */
export function toUntargetedVerdict(event: AcceptedEvent, webhook: Webhook): UrllessVerdict {
  const { id } = webhook;
  if (webhook.createdAt > event.acceptedAt) {
    return verdictWithoutDelivery(
      id,
      'created_later',
      `The webhook was created on ${toIso(webhook.createdAt)}, after the event was accepted.`,
    );
  }
  if (!selectsEventType(webhook.events, event.type)) {
    return verdictWithoutDelivery(
      id,
      'not_subscribed',
      `The webhook is not subscribed to ${event.type}.${toUnmatchedPatterns(webhook)}${toChangedLater(event, webhook)}`,
    );
  }
  const isUnchanged = webhook.updatedAt <= event.acceptedAt;
  if (!webhook.enabled && isUnchanged) {
    const disabledReason = webhook.disabledReason ?? 'by_user';
    return {
      ...verdictWithoutDelivery(
        id,
        'disabled',
        `When the event was accepted, the webhook was off: ${describeDisabled(disabledReason)}. It was last changed on ${toIso(webhook.updatedAt)}.`,
      ),
      reason: disabledReason,
    };
  }
  return verdictWithoutDelivery(id, 'not_matched', toUnmatchedSentence(event, webhook));
}

/** Why an event missed a webhook that would match it now, as far as that is known. */
function toUnmatchedSentence(event: AcceptedEvent, webhook: Webhook): string {
  if (webhook.updatedAt > event.acceptedAt) {
    return `The webhook did not match the event when it was accepted: it was disabled, not subscribed to ${event.type}, or not known yet to the process that accepted it.${toChangedLater(event, webhook)}`;
  }
  const age = event.acceptedAt - webhook.updatedAt;
  const change = webhook.updatedAt === webhook.createdAt ? 'created' : 'changed';
  if (age <= settledMs) {
    return `The webhook was ${change} ${age} ms before the event was accepted. The process that accepted the event did not know that yet.`;
  }
  return `The process that accepted the event did not know that the webhook matches, although it was ${change} on ${toIso(webhook.updatedAt)}.`;
}

function toChangedLater(event: AcceptedEvent, webhook: Webhook): string {
  if (webhook.updatedAt <= event.acceptedAt) return '';
  return ` It was last changed on ${toIso(webhook.updatedAt)}, after the event was accepted.`;
}

function verdictWithoutDelivery(webhookId: string, verdict: ExplainVerdict, message: string): UrllessVerdict {
  return {
    webhookId,
    verdict,
    reason: null,
    deliveryId: null,
    attemptCount: 0,
    nextAttemptAt: null,
    message,
  };
}

function toSentence(delivery: Delivery, lastFailure: Delivery['attempts'][number] | undefined): string {
  const reason = lastFailure?.reason ?? null;
  const last =
    reason === null ? '' : ` Last failure: ${describeAttempt(reason, lastFailure?.statusCode ?? null)}.`;
  const attempts = delivery.attemptCount === 1 ? '1 attempt' : `${delivery.attemptCount} attempts`;
  switch (delivery.status) {
    case 'delivered':
      return `Delivered${delivery.finishedAt === null ? '' : ` on ${toIso(delivery.finishedAt)}`} after ${attempts}.`;
    case 'pending':
      return `${pendingSentences[delivery.reason ?? ''] ?? 'Pending.'} ${attempts} so far${
        delivery.dueAt === null ? '' : `; next attempt at ${toIso(delivery.dueAt)}`
      }.${last}`;
    case 'failed':
      return `Failed after ${attempts}: ${toReasonWords(delivery)}.${last}`;
    case 'cancelled':
      if (delivery.reason !== 'cancelled_by_user' && delivery.reason !== 'not_subscribed') {
        return `Cancelled: ${toReasonWords(delivery)}.`;
      }
      return `${cancelledSentences[delivery.reason]}${delivery.finishedAt === null ? '' : ` on ${toIso(delivery.finishedAt)}`} after ${attempts}.${last}`;
  }
}

function toReasonWords({ reason }: Delivery): string {
  return reason === null ? 'no reason is stored' : describeReason(reason);
}

const cancelledSentences = {
  cancelled_by_user: 'Cancelled by a user',
  not_subscribed: 'Cancelled because the event type was taken off the webhook,',
} as const;

const pendingSentences: Readonly<Record<string, string>> = {
  awaiting_first_attempt: 'Waiting for the first attempt.',
  awaiting_retry: 'Waiting for the next attempt.',
  webhook_paused: 'The endpoint is paused after too many failures; the delivery waits.',
  destination_limited: 'The chat service limits requests; the delivery waits until it takes them again.',
  webhook_disabled: 'The webhook is disabled; the delivery waits until it is enabled.',
  not_sent: 'The server could not send the request. The endpoint is not the cause.',
};
