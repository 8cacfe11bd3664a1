import type { Collection } from 'mongodb';
import type { DeliveryResult } from '../../../domain/ports/delivery-queue.ts';
import { toAttemptDoc, type DeliveryDoc } from '../documents/delivery.ts';
import { insertDocuments } from '../driver/insert-documents.ts';

/**
 * Writes the first document of deliveries. The unique id is the fence: where a document exists already, another
 * process recovered the event while we were away, and its word counts. Answers the ids that were fenced.
 *
 * Waits for a majority: the event leaves the queue next, and it must never leave while its delivery can still be
 * forgotten by a crash of the database. Seen with w:1: a delivery to be retried was gone.
 */
export async function insertResults(
  deliveries: Collection<DeliveryDoc>,
  recordings: readonly DeliveryResult[],
): Promise<string[]> {
  if (recordings.length === 0) return [];
  const refused = await insertDocuments(deliveries, recordings.map(toFirstDoc), { ordered: false });
  if (refused.length === 0) return [];
  return await findOthers(
    deliveries,
    refused.flatMap((index) => recordings[index] ?? []),
  );
}

/** Of documents that exist, those that are not ours: where an answer was lost, what we wrote is written once more. */
async function findOthers(
  deliveries: Collection<DeliveryDoc>,
  recordings: readonly DeliveryResult[],
): Promise<string[]> {
  const ids = recordings.map((recording) => recording.delivery.deliveryId);
  const docs = await deliveries
    .find({ _id: { $in: ids } }, { projection: { attempts: { $slice: 1 } } })
    .toArray();
  const firsts = new Map(docs.map((doc) => [doc._id, doc.attempts[0]]));
  return recordings.flatMap(({ delivery: { deliveryId }, attempt }) => {
    const first = firsts.get(deliveryId);
    const isOurs =
      firsts.has(deliveryId) &&
      first?.at.getTime() === attempt?.at &&
      first?.ms === attempt?.durationMs &&
      first?.status === attempt?.statusCode;
    return isOurs ? [] : [deliveryId];
  });
}

/** Runs for every delivery: fields are set one by one, since spreading costs more than the encoding. */
function toFirstDoc(recording: DeliveryResult): DeliveryDoc {
  const { delivery, attempt } = recording;
  const { event } = delivery;
  const doc: DeliveryDoc = {
    _id: delivery.deliveryId,
    eventId: event.id,
    appId: event.appId,
    webhookId: delivery.webhookId,
    type: event.type,
    status: recording.status,
    attempts: attempt === undefined ? [] : [toAttemptDoc(attempt)],
    attemptCount: attempt === undefined ? 0 : 1,
    at: new Date(event.acceptedAt),
  };
  if (recording.reason !== null) doc.reason = recording.reason;
  if (recording.dueAt !== null) doc.due = new Date(recording.dueAt);
  if (recording.status !== 'pending') doc.finishedAt = new Date(recording.at);
  return doc;
}
