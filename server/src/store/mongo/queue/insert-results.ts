import type { Collection } from 'mongodb';
import type { DeliveryResult } from '../../../domain/ports/delivery-queue.ts';
import { toAttemptDoc, type DeliveryDoc } from '../documents/delivery.ts';
import { insertDocuments } from '../driver/insert-documents.ts';

/**
 * Inserts the first document of deliveries. Its unique id is the fence: if a document exists, another process
 * claimed the outbox entry after our lease expired, and its result counts. Returns the ids of fenced
 * deliveries.
 *
 * Waits for a majority, because the entry leaves the outbox next. With less, a fail-over of the database
 * could undo the insert after the entry is gone, and the delivery would be lost.
 */
export async function insertResults(
  deliveries: Collection<DeliveryDoc>,
  results: readonly DeliveryResult[],
): Promise<string[]> {
  if (results.length === 0) return [];
  const rejected = await insertDocuments(deliveries, results.map(toFirstDoc), { ordered: false });
  if (rejected.length === 0) return [];
  return await findFenced(
    deliveries,
    rejected.flatMap((index) => results[index] ?? []),
  );
}

/**
 * Of results whose document exists, returns the ids that another process wrote. A retried insert whose first
 * reply was lost finds its own documents, which are not fenced.
 */
async function findFenced(
  deliveries: Collection<DeliveryDoc>,
  results: readonly DeliveryResult[],
): Promise<string[]> {
  const ids = results.map((result) => result.delivery.deliveryId);
  const docs = await deliveries
    .find({ _id: { $in: ids } }, { projection: { attempts: { $slice: 1 } } })
    .toArray();
  const firstAttempts = new Map(docs.map((doc) => [doc._id, doc.attempts[0]]));
  return results.flatMap(({ delivery: { deliveryId }, attempt }) => {
    const first = firstAttempts.get(deliveryId);
    const isOurs =
      firstAttempts.has(deliveryId) &&
      first?.at.getTime() === attempt?.at &&
      first?.ms === attempt?.durationMs &&
      first?.status === attempt?.statusCode;
    return isOurs ? [] : [deliveryId];
  });
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
  };
  if (result.reason !== null) doc.reason = result.reason;
  if (result.dueAt !== null) doc.due = new Date(result.dueAt);
  if (result.status !== 'pending') doc.finishedAt = new Date(result.at);
  return doc;
}
