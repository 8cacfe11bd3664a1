import { describeDisabled, type SkippedReason } from '@tocsin/shared';
import type { Delivery } from '../../domain/delivery.ts';
import { canDeliver, type Webhook } from '../../domain/webhook.ts';

/** Why a delivery cannot be changed. */
export interface ChangeFault {
  readonly skipped: SkippedReason;
  readonly message: string;
}

/**
 * Why a delivery cannot be sent again, apart from a missing event. Undefined: it can.
 *
 * @param retentionLimit - retention removes finished deliveries that are older, epoch ms
 */
export function findRetryFault(
  delivery: Delivery,
  webhook: Webhook | undefined,
  retentionLimit: number,
): ChangeFault | undefined {
  const { id, type, webhookId, status, createdAt, sentByHand } = delivery;
  if (webhook === undefined) {
    return { skipped: 'webhook_deleted', message: `the webhook ${webhookId} of delivery ${id} was deleted` };
  }
  if (!webhook.enabled) {
    const message =
      `webhook ${webhookId} was ${describeDisabled(webhook.disabledReason)}, so delivery ${id} cannot be sent; ` +
      'enable the webhook first';
    return { skipped: 'webhook_disabled', message };
  }
  if (sentByHand === undefined && !canDeliver(webhook, type)) {
    const message = `webhook ${webhookId} is not subscribed to ${type}; add it to its events to send delivery ${id} again`;
    return { skipped: 'not_subscribed', message };
  }
  // While a delivery is pending, retention keeps its event.
  return status !== 'pending' && createdAt < retentionLimit ? toEventFault(delivery) : undefined;
}

export function toEventFault({ id, eventId }: Delivery): ChangeFault {
  const message = `the event ${eventId} of delivery ${id} is removed, or is about to be removed, by retention`;
  return { skipped: 'event_removed', message };
}

export function toBeingSent({ id }: Pick<Delivery, 'id'>): ChangeFault {
  return { skipped: 'being_sent', message: `delivery ${id} is being sent right now` };
}
