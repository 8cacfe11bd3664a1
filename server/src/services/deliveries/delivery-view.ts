import { maskText, maskUrl, type AttemptView, type DeliveryDetail, type DeliveryView } from '@tocsin/shared';
import { hasScope, type Actor } from '../../domain/access.ts';
import type { Attempt, Delivery, HeaderLine } from '../../domain/delivery.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { openUrl } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';

/** The webhooks of some deliveries. Deleted ones are missing. */
export type KnownWebhooks = ReadonlyMap<string, Webhook>;

export interface DeliveryViewDeps {
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
}

/** Deliveries in the shape that an actor sees, with what their webhooks say of them. */
export function createDeliveryViews({ webhooks, secretBox }: DeliveryViewDeps) {
  /** An actor that may not read webhooks needs only those of pending deliveries, which can be disabled. */
  async function readWebhooks(actor: Actor, found: readonly Delivery[]): Promise<KnownWebhooks> {
    const isReader = hasScope(actor, 'webhooks:read');
    const needed = found.filter(({ status }) => isReader || status === 'pending');
    const ids = new Set(needed.map(({ webhookId }) => webhookId));
    const some = ids.size === 0 ? [] : await webhooks.getMany([...ids]);
    return new Map(some.map((webhook) => [webhook.id, webhook]));
  }

  function toEndpoint(webhook: Webhook): DeliveryView['endpoint'] {
    return { url: maskUrl(readUrl(secretBox, webhook) ?? maskText), description: webhook.description };
  }

  return {
    readWebhooks,

    toViews(actor: Actor, found: readonly Delivery[], known: KnownWebhooks): DeliveryView[] {
      // Deliveries of a page share few webhooks.
      const endpoints = new Map<string, DeliveryView['endpoint']>();
      if (hasScope(actor, 'webhooks:read')) {
        for (const webhook of known.values()) endpoints.set(webhook.id, toEndpoint(webhook));
      }
      return found.map((delivery) => ({
        ...toFields(delivery, known),
        endpoint: endpoints.get(delivery.webhookId) ?? null,
      }));
    },

    async getDetail(actor: Actor, delivery: Delivery): Promise<DeliveryDetail> {
      const known = await readWebhooks(actor, [delivery]);
      const webhook = known.get(delivery.webhookId);
      const isShown = webhook !== undefined && hasScope(actor, 'webhooks:read');
      return {
        ...toFields(delivery, known),
        endpoint: isShown ? toEndpoint(webhook) : null,
        sentByHand: toSentByHand(delivery),
        attempts: delivery.attempts.map(toAttemptView),
      };
    },
  };
}

export type DeliveryViews = ReturnType<typeof createDeliveryViews>;

/** Undefined if no key decrypts the URL. */
export function readUrl(secretBox: Pick<SecretBox, 'decrypt'>, webhook: Webhook): string | undefined {
  try {
    return openUrl(secretBox, webhook);
  } catch {
    return undefined;
  }
}

function toFields(delivery: Delivery, known: KnownWebhooks): Omit<DeliveryView, 'endpoint'> {
  const last = delivery.attempts.at(-1);
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    webhookId: delivery.webhookId,
    appId: delivery.appId,
    event: delivery.type,
    status: delivery.status,
    ...toPendingFields(delivery, known),
    attemptCount: delivery.attemptCount,
    createdAt: toIso(delivery.createdAt),
    finishedAt: toIsoOrNull(delivery.finishedAt),
    lastAttempt: last === undefined ? null : toAttemptFields(last),
  };
}

function toSentByHand({ sentByHand }: Delivery): DeliveryDetail['sentByHand'] {
  return sentByHand === undefined ? null : { at: toIso(sentByHand.at), by: sentByHand.by };
}

function toAttemptView(attempt: Attempt): AttemptView {
  const { reply, request, responseHeaders } = attempt;
  return {
    ...toAttemptFields(attempt),
    reply,
    request: request === undefined ? null : { ...request, headers: toHeaderLines(request.headers) },
    responseHeaders: responseHeaders === undefined ? null : toHeaderLines(responseHeaders),
  };
}

function toHeaderLines(headers: readonly HeaderLine[]): { name: string; value: string }[] {
  return headers.map(([name, value]) => ({ name, value }));
}

function toAttemptFields({
  at,
  durationMs,
  statusCode,
  reason,
}: Attempt): NonNullable<DeliveryView['lastAttempt']> {
  return { at: toIso(at), durationMs, statusCode, reason };
}

/** Whether a webhook is disabled is not stored with its deliveries, so that disabling it changes none of them. */
function toPendingFields(
  { status, reason, dueAt, webhookId, attemptCount }: Delivery,
  known: KnownWebhooks,
): Pick<DeliveryView, 'reason' | 'nextAttemptAt'> {
  const nextAttemptAt = toIsoOrNull(dueAt);
  if (status !== 'pending') return { reason, nextAttemptAt };
  if (known.get(webhookId)?.enabled === false) return { reason: 'webhook_disabled', nextAttemptAt: null };
  const waiting = attemptCount === 0 ? 'awaiting_first_attempt' : 'awaiting_retry';
  return { reason: reason === 'webhook_disabled' ? waiting : reason, nextAttemptAt };
}
