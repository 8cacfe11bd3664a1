import type { DeliveryFilter } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import { toDeliveryId, eventIdFromDeliveryId, targetIndexFromDeliveryId } from '../../../domain/ids.ts';
import type { VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent } from '../documents/event.ts';
import { matchFilter } from '../driver/match-filter.ts';
import { toEventIds } from '../queue/outbox.ts';
import { deliveryMatches, type DeliveryMatch } from './delivery-filter.ts';

/*
 * In-flight deliveries have no document, because their first attempt has not ended. They follow from their
 * events, which are in the outbox, and are returned as pending deliveries.
 */

/** Outbox entries read for one list, newest first. Far more than are in flight at a time. */
const maxEntries = 1_000;
/** Events read in one query. */
const eventsPerRead = 1_000;

export async function findInFlightDelivery(
  collections: Collections,
  id: string,
): Promise<Delivery | undefined> {
  const doc = await collections.events.findOne({ _id: eventIdFromDeliveryId(id) });
  const webhookId = doc?.targets[targetIndexFromDeliveryId(id)];
  if (doc === null || webhookId === undefined || !(await isInOutbox(collections, doc._id))) return undefined;
  return toInFlightDelivery(toEvent(doc), webhookId, id);
}

async function isInOutbox({ events }: Collections, eventId: string): Promise<boolean> {
  const entry = await events.findOne(
    { due: { $exists: true }, $or: [{ _id: eventId }, { batch: eventId }] },
    { projection: { _id: 1 }, hint: 'open_by_lane' },
  );
  return entry !== null;
}

/**
 * Returns up to `limit` in-flight deliveries that match, newest first, with ids below the cursor. Reads until
 * it has enough, because many deliveries of an outbox entry may have a document, and a short page would be
 * the last.
 */
export async function listInFlightDeliveries(
  collections: Collections,
  filter: VisibleOnly<DeliveryFilter>,
  page: { readonly cursor: string | undefined; readonly limit: number },
): Promise<Delivery[]> {
  if (filter.status !== undefined && filter.status !== 'pending') return [];
  const entries = await collections.events
    .find({ due: { $exists: true } }, { hint: 'open_by_lane', projection: { batch: 1 } })
    .sort({ due: -1 })
    .limit(maxEntries)
    .toArray();
  const newestId = page.cursor === undefined ? undefined : eventIdFromDeliveryId(page.cursor);
  const ids = entries
    .flatMap(toEventIds)
    .filter(
      (id) =>
        (filter.eventId === undefined || id === filter.eventId) && (newestId === undefined || id <= newestId),
    )
    .sort((a, b) => (a < b ? 1 : -1));
  const found: Delivery[] = [];
  for (const eventIds of chunk(ids, eventsPerRead)) {
    const candidates = await readCandidates(collections, eventIds, filter, page.cursor);
    for (const some of chunk(candidates, page.limit)) {
      found.push(...(await withoutDocument(collections, some)));
      if (found.length >= page.limit) return found.slice(0, page.limit);
    }
  }
  return found;
}

/** Returns the matching deliveries of events, with or without a document, newest first. */
async function readCandidates(
  { events }: Collections,
  eventIds: readonly string[],
  filter: VisibleOnly<DeliveryFilter>,
  cursor: string | undefined,
): Promise<Delivery[]> {
  const fields = matchFilter<VisibleOnly<DeliveryFilter>, DeliveryMatch>(deliveryMatches, filter);
  const query = { $and: [{ _id: { $in: [...eventIds] } }, ...fields.map(({ event }) => event)] };
  const docs = await events.find(query).toArray();
  return docs
    .map(toEvent)
    .flatMap((event) =>
      event.targets.map((webhookId, index) =>
        toInFlightDelivery(event, webhookId, toDeliveryId(event.id, index)),
      ),
    )
    .filter((delivery) => fields.every((field) => field.matches(delivery)))
    .filter((delivery) => cursor === undefined || delivery.id < cursor)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

async function withoutDocument(
  { deliveries }: Collections,
  candidates: readonly Delivery[],
): Promise<Delivery[]> {
  const stored = await deliveries
    .find({ _id: { $in: candidates.map((delivery) => delivery.id) } }, { projection: { _id: 1 } })
    .toArray();
  const storedIds = new Set(stored.map((doc) => doc._id));
  return candidates.filter((delivery) => !storedIds.has(delivery.id));
}

function* chunk<TItem>(items: readonly TItem[], size: number): Generator<readonly TItem[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

function toInFlightDelivery(event: AcceptedEvent, webhookId: string, id: string): Delivery {
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
