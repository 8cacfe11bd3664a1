import type { Delivery } from '../../../../src/domain/delivery.ts';

/** Returns a copy of a delivery without the fields that only the stores know. */
export function toDelivery(delivery: Delivery): Delivery {
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    webhookId: delivery.webhookId,
    appId: delivery.appId,
    accountId: delivery.accountId,
    type: delivery.type,
    status: delivery.status,
    reason: delivery.reason,
    attempts: structuredClone([...delivery.attempts]),
    attemptCount: delivery.attemptCount,
    dueAt: delivery.dueAt,
    createdAt: delivery.createdAt,
    finishedAt: delivery.finishedAt,
    sentByHand: delivery.sentByHand && { ...delivery.sentByHand },
  };
}
