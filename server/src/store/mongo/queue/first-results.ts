import type { Collection } from 'mongodb';
import { toPartition } from '../../../domain/partition.ts';
import type { DeliveryResult } from '../../../domain/ports/delivery-queue.ts';
import { toAttemptDoc, type DeliveryDoc } from '../documents/delivery.ts';
import { insertDocuments } from '../driver/insert-documents.ts';

/**
 * Inserts the first document of deliveries. Its unique id is the fence. Returns the results whose delivery
 * already has a document.
 *
 * Waits for a majority, because the entry is closed next. With less, a fail-over of the database could undo the
 * insert after the entry is closed, and the delivery would be lost.
 */
export async function insertFirstResults(
  deliveries: Collection<DeliveryDoc>,
  results: readonly DeliveryResult[],
): Promise<DeliveryResult[]> {
  if (results.length === 0) return [];
  const rejected = await insertDocuments(deliveries, results.map(toFirstDoc), { ordered: false });
  return rejected.flatMap((index) => results[index] ?? []);
}

/** Runs for every delivery. Sets fields one by one, because spreading costs more than the encoding. */
function toFirstDoc(result: DeliveryResult): DeliveryDoc {
  const { delivery, attempt } = result;
  const { event } = delivery;
  const doc: DeliveryDoc = {
    _id: delivery.deliveryId,
    eventId: event.id,
    appId: event.appId,
    accountId: event.accountId,
    webhookId: delivery.webhookId,
    type: event.type,
    status: result.status,
    attempts: attempt === undefined ? [] : [toAttemptDoc(attempt)],
    attemptCount: attempt === undefined ? 0 : 1,
    at: new Date(event.acceptedAt),
    rev: 1,
  };
  if (result.reason !== null) doc.reason = result.reason;
  if (result.status === 'pending' && result.dueAt !== null) {
    doc.partition = toPartition(delivery.webhookId);
    doc.nextAt = new Date(result.dueAt);
  } else {
    doc.finishedAt = new Date(result.at);
  }
  return doc;
}
