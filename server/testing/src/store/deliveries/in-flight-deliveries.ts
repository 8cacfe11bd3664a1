import type { Delivery } from '../../../../src/domain/delivery.ts';
import type { AcceptedEvent } from '../../../../src/domain/event.ts';
import {
  eventIdFromDeliveryId,
  targetIndexFromDeliveryId,
  toDeliveryId,
} from '../../../../src/domain/ids.ts';
import type { MemoryDatabase } from '../memory-database.ts';

/*
 * In-flight deliveries have no row, because their first attempt has not ended. They follow from their events, which are
 * in the outbox, and are returned as pending deliveries.
 */

/** Whether an event is in an open entry. */
export function isInOutbox({ events, entries }: MemoryDatabase, eventId: string): boolean {
  const event = events.get(eventId);
  return event !== undefined && entries.has(event.batchId);
}

export function findInFlightDelivery(database: MemoryDatabase, id: string): Delivery | undefined {
  const event = database.events.get(eventIdFromDeliveryId(id));
  const webhookId = event?.targets[targetIndexFromDeliveryId(id)];
  if (event === undefined || webhookId === undefined || !isInOutbox(database, event.id)) return undefined;
  return toInFlightDelivery(event, webhookId, id);
}

/** Yields the in-flight deliveries of an event, or of all events. */
export function* inFlightDeliveries(database: MemoryDatabase, eventId?: string): Generator<Delivery> {
  for (const id of eventId === undefined ? openEventIds(database) : [eventId]) {
    const event = database.events.get(id);
    if (event === undefined || !isInOutbox(database, id)) continue;
    for (const [index, webhookId] of event.targets.entries()) {
      const deliveryId = toDeliveryId(id, index);
      if (!database.deliveries.has(deliveryId)) yield toInFlightDelivery(event, webhookId, deliveryId);
    }
  }
}

function* openEventIds({ entries }: MemoryDatabase): Generator<string> {
  for (const { eventIds } of entries.values()) yield* eventIds;
}

/** A delivery before the end of its first attempt. */
export function toInFlightDelivery(event: AcceptedEvent, webhookId: string, id: string): Delivery {
  return {
    id,
    eventId: event.id,
    webhookId,
    appId: event.appId,
    accountId: event.accountId,
    type: event.type,
    status: 'pending',
    reason: 'awaiting_first_attempt',
    attempts: [],
    attemptCount: 0,
    dueAt: event.acceptedAt,
    createdAt: event.acceptedAt,
    finishedAt: null,
  };
}
