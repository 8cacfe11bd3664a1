import { toPartition } from '../../../domain/partition.ts';
import type {
  BacklogPull,
  DueDelivery,
  WaitingDelivery,
  WebhookPull,
} from '../../../domain/ports/delivery-queue.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { notTombstone, toEvent } from '../documents/event.ts';
import { quarantineDeliveries, splitReadable } from './quarantine.ts';

/*
 * Waiting deliveries: those with a document and a due time. Their partial index is the backlog of each webhook,
 * so nothing else has to be kept up to date. Queries name the index and a range of the time instead of
 * `$exists`, which mongod checks in the documents.
 */

export const waitingIndex = 'waiting';
const hint = waitingIndex;
const anyTime = { $gte: new Date(0) };

/** An older process that serves the API cancels a delivery without removing its due time. */
const isPending = { status: 'pending' } as const;

/**
 * Returns those of the partitions in which a delivery waits. A covered DISTINCT_SCAN: it seeks from partition to
 * partition, also over those that are not asked for, because a seek to each of these would cost more.
 */
export async function findWaitingPartitions(
  { deliveries }: Collections,
  partitions: readonly number[],
): Promise<number[]> {
  const found = await deliveries
    .aggregate<{ _id: number }>(
      [
        { $match: { partition: { $gte: 0 }, nextAt: anyTime } },
        { $sort: { partition: 1, webhookId: 1, nextAt: 1, _id: 1 } },
        { $group: { _id: '$partition', deliveryId: { $first: '$_id' } } },
      ],
      { hint },
    )
    .toArray();
  const waiting = new Set(found.map(({ _id }) => _id));
  return partitions.filter((partition) => waiting.has(partition));
}

/**
 * Returns the first waiting delivery of each webhook of a partition. A covered DISTINCT_SCAN: it seeks from
 * webhook to webhook, so a long backlog costs as much as a short one.
 */
export async function findHeads({ deliveries }: Collections, partition: number): Promise<WaitingDelivery[]> {
  const heads = await deliveries
    .aggregate<{ _id: string; deliveryId: string; nextAt: Date }>(
      [
        { $match: { partition, nextAt: anyTime } },
        { $sort: { partition: 1, webhookId: 1, nextAt: 1, _id: 1 } },
        { $group: { _id: '$webhookId', deliveryId: { $first: '$_id' }, nextAt: { $first: '$nextAt' } } },
      ],
      { hint },
    )
    .toArray();
  return heads.map(({ _id, deliveryId, nextAt }) => ({
    webhookId: _id,
    deliveryId,
    dueAt: nextAt.getTime(),
  }));
}

/** Returns those of the deliveries that are due. Two reads for any number of webhooks. */
export async function pullMany(
  collections: Collections,
  deliveryIds: readonly string[],
  now: number,
): Promise<DueDelivery[]> {
  if (deliveryIds.length === 0) return [];
  const docs = await collections.deliveries
    .find(
      { _id: { $in: [...deliveryIds] }, nextAt: { $lte: new Date(now) }, ...isPending },
      { projection: { attempts: 0 } },
    )
    .toArray();
  return await toDueDeliveries(collections, docs, now);
}

/** Returns all waiting deliveries of some webhooks. Undefined if there are more than `limit`. */
export async function pullWebhooks(
  collections: Collections,
  webhookIds: readonly string[],
  limit: number,
  now: number,
): Promise<WebhookPull | undefined> {
  const partitions = [...new Set(webhookIds.map(toPartition))];
  const docs = await collections.deliveries
    .find(
      { partition: { $in: partitions }, webhookId: { $in: [...webhookIds] }, nextAt: anyTime, ...isPending },
      { projection: { attempts: 0 }, hint },
    )
    .limit(limit + 1)
    .toArray();
  if (docs.length > limit) return undefined;
  const due = docs.filter((doc) => isDue(doc, now));
  return {
    deliveries: await toDueDeliveries(collections, due, now),
    waiting: docs
      .filter((doc) => !isDue(doc, now))
      .map((doc) => ({
        webhookId: doc.webhookId,
        deliveryId: doc._id,
        dueAt: doc.nextAt?.getTime() ?? now,
      })),
  };
}

/** Returns the due deliveries of one webhook, and when the next one is due. */
export async function pullBacklog(
  collections: Collections,
  webhookId: string,
  limit: number,
  now: number,
): Promise<BacklogPull> {
  const docs = await collections.deliveries
    .find(
      { partition: toPartition(webhookId), webhookId, nextAt: anyTime, ...isPending },
      { projection: { attempts: 0 }, hint },
    )
    .sort({ nextAt: 1 })
    .limit(limit + 1)
    .toArray();
  const due = docs.slice(0, limit).filter((doc) => isDue(doc, now));
  return {
    deliveries: await toDueDeliveries(collections, due, now),
    nextDueAt: docs[due.length]?.nextAt?.getTime(),
  };
}

function isDue(doc: Pick<DeliveryDoc, 'nextAt'>, now: number): boolean {
  return doc.nextAt !== undefined && doc.nextAt.getTime() <= now;
}

async function toDueDeliveries(
  { events, deliveries }: Collections,
  docs: readonly DeliveryDoc[],
  now: number,
): Promise<DueDelivery[]> {
  if (docs.length === 0) return [];
  const eventIds = [...new Set(docs.map((doc) => doc.eventId))];
  const found = await events.find({ _id: { $in: eventIds }, ...notTombstone }).toArray();
  const byId = new Map(found.map((doc) => [doc._id, doc]));
  const { readable, corruptIds } = splitReadable(docs, (doc): DueDelivery => {
    const event = byId.get(doc.eventId);
    if (event === undefined) throw new Error('the event of the delivery is gone');
    return {
      deliveryId: doc._id,
      webhookId: doc.webhookId,
      event: toEvent(event),
      attemptCount: doc.attemptCount,
      createdAt: doc.at.getTime(),
      revision: doc.rev ?? 0,
      ...(doc.byHand === undefined ? {} : { isSentByHand: true }),
    };
  });
  if (corruptIds.length > 0) await quarantineDeliveries(deliveries, corruptIds, new Date(now));
  return readable;
}
