import type { SentByHand } from '../../../domain/delivery.ts';
import { toDeliveryId } from '../../../domain/ids.ts';
import { toPartition } from '../../../domain/partition.ts';
import type { NewTarget } from '../../../domain/ports/delivery-store.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { notTombstone } from '../documents/event.ts';
import { inTransaction } from '../driver/in-transaction.ts';

/**
 * Adds a target to an event, and its delivery, in one transaction: each target of a stored event has a delivery.
 * Undefined if the event is gone, or has the target already.
 */
export async function addTarget(
  { events, deliveries }: Collections,
  eventId: string,
  { webhookId, sentByHand, rendering }: NewTarget,
): Promise<string | undefined> {
  return await inTransaction(deliveries.db.client, async (session) => {
    const event = await events.findOneAndUpdate(
      { _id: eventId, targets: { $ne: webhookId }, ...notTombstone },
      { $push: { targets: webhookId, ...(rendering === undefined ? {} : { renderings: rendering }) } },
      {
        session,
        returnDocument: 'before',
        projection: { targets: 1, appId: 1, accountId: 1, type: 1, at: 1 },
      },
    );
    if (event === null) return undefined;
    const { appId, accountId, type, at, targets } = event;
    const id = toDeliveryId(eventId, targets.length);
    await deliveries.insertOne(
      {
        _id: id,
        eventId,
        appId,
        accountId,
        webhookId,
        type,
        status: 'pending',
        reason: 'awaiting_first_attempt',
        attempts: [],
        attemptCount: 0,
        rev: 1,
        at,
        partition: toPartition(webhookId),
        nextAt: new Date(sentByHand.at),
        byHand: toByHandDoc(sentByHand),
      },
      { session },
    );
    return id;
  });
}

export function toByHandDoc({ at, by }: SentByHand): NonNullable<DeliveryDoc['byHand']> {
  return { at: new Date(at), by };
}
