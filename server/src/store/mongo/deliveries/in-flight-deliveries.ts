import type { Delivery } from '../../../domain/delivery.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import { toDeliveryId, eventIdFromDeliveryId, targetIndexFromDeliveryId } from '../../../domain/ids.ts';
import type { StoredDeliveryFilter } from '../../../domain/ports/delivery-store.ts';
import type { Collections } from '../documents/collections.ts';
import { notTombstone, toEvent } from '../documents/event.ts';
import { matchFilter } from '../driver/match-filter.ts';
import { boundedScan } from '../driver/read-list.ts';
import { findAccountByEvents } from '../events/find-account.ts';
import { findOpenEvents, listOpenEvents } from '../queue/entry-owners.ts';
import { deliveryMatches, needsAttempt, type DeliveryMatch } from './delivery-filter.ts';

/*
 * In-flight deliveries have no document, because their first attempt has not ended. They follow from their
 * events, which are in the outbox, and are returned as pending deliveries.
 */

/** Events read in one query. */
const eventsPerRead = 1_000;
/** Events read for one page. Entries can hold events of other accounts, so a page may need many. */
const maxEventsRead = 10_000;

export async function findInFlightDelivery(
  collections: Collections,
  id: string,
): Promise<Delivery | undefined> {
  const doc = await collections.events.findOne({ _id: eventIdFromDeliveryId(id), ...notTombstone });
  const webhookId = doc?.targets[targetIndexFromDeliveryId(id)];
  if (doc === null || webhookId === undefined) return undefined;
  const open = await findOpenEvents(collections, [doc._id]);
  return open.has(doc._id) ? toInFlightDelivery(toEvent(doc), webhookId, id) : undefined;
}

/** Like `findInFlightDelivery`, for deliveries that have no document. */
export async function findInFlightDeliveries(
  collections: Collections,
  ids: readonly string[],
): Promise<Delivery[]> {
  if (ids.length === 0) return [];
  const eventIds = [...new Set(ids.map(eventIdFromDeliveryId))];
  const docs = await collections.events
    .find({ _id: { $in: eventIds }, ...notTombstone }, { projection: { data: 0 } })
    .toArray();
  const open = await findOpenEvents(
    collections,
    docs.map(({ _id }) => _id),
  );
  const wanted = new Set(ids);
  return docs
    .filter(({ _id }) => open.has(_id))
    .flatMap((doc) => toInFlightDeliveries(toEvent(doc)))
    .filter(({ id }) => wanted.has(id));
}

export interface InFlightDeliveries {
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
  /** The lowest delivery id that was examined. Undefined: all were. */
  readonly examinedTo: string | undefined;
}

const none: InFlightDeliveries = { deliveries: [], examinedTo: undefined };

/**
 * Returns up to `limit` in-flight deliveries that match, newest first, with ids below the cursor. Reads the
 * outbox entries of one account only; for the operator, those of all.
 */
export async function listInFlightDeliveries(
  collections: Collections,
  filter: StoredDeliveryFilter,
  page: { readonly cursor: string | undefined; readonly limit: number },
): Promise<InFlightDeliveries> {
  if (filter.status !== undefined && filter.status !== 'pending') return none;
  if (needsAttempt(filter)) return none;
  const scope = await findScope(collections, filter);
  if (scope === undefined) return none;
  const newestId = page.cursor === undefined ? undefined : eventIdFromDeliveryId(page.cursor);
  const { eventIds, coveredTo } =
    filter.eventId === undefined
      ? await listOpenEvents(collections, scope.accountId, newestId)
      : await findOpenEvent(collections, filter.eventId);
  const ids = eventIds
    .filter((id) => newestId === undefined || id <= newestId)
    .sort((a, b) => (a < b ? 1 : -1));
  const read = await readInFlight(collections, ids, filter, page);
  const lowest = read.examinedTo ?? coveredTo;
  return {
    deliveries: read.deliveries,
    examinedTo: lowest === undefined ? undefined : toDeliveryId(lowest, 0),
  };
}

/** The account whose outbox entries can match. Undefined account: all accounts. */
async function findScope(
  collections: Collections,
  { accountId, appId, webhookId, eventId }: StoredDeliveryFilter,
): Promise<{ readonly accountId: string | undefined } | undefined> {
  if (accountId !== undefined) return { accountId };
  const projection = { accountId: 1 } as const;
  if (eventId !== undefined) {
    const event = await collections.events.findOne({ _id: eventId }, { projection });
    return event === null ? undefined : { accountId: event.accountId };
  }
  if (appId !== undefined) {
    const found = await findAccountByEvents(collections, appId);
    return found === undefined ? undefined : { accountId: found };
  }
  if (webhookId === undefined) return { accountId: undefined };
  const webhook = await collections.webhooks.findOne({ _id: webhookId }, { projection });
  return { accountId: webhook?.accountId };
}

async function findOpenEvent(collections: Collections, eventId: string) {
  const open = await findOpenEvents(collections, [eventId]);
  return { eventIds: [...open], coveredTo: undefined };
}

/** Reads events, newest first, until the page is full or `maxEventsRead` were read. */
async function readInFlight(
  collections: Collections,
  ids: readonly string[],
  filter: StoredDeliveryFilter,
  page: { readonly cursor: string | undefined; readonly limit: number },
): Promise<InFlightDeliveries> {
  const found: Delivery[] = [];
  for (const eventIds of chunk(ids.slice(0, maxEventsRead), eventsPerRead)) {
    const candidates = await readCandidates(collections, eventIds, filter, page.cursor);
    for (const some of chunk(candidates, page.limit)) {
      found.push(...(await withoutDocument(collections, some)));
      if (found.length >= page.limit)
        return { deliveries: found.slice(0, page.limit), examinedTo: undefined };
    }
  }
  return { deliveries: found, examinedTo: ids.length > maxEventsRead ? ids[maxEventsRead - 1] : undefined };
}

/** Returns the matching deliveries of events, with or without a document, newest first. */
async function readCandidates(
  { events }: Collections,
  eventIds: readonly string[],
  filter: StoredDeliveryFilter,
  cursor: string | undefined,
): Promise<Delivery[]> {
  const fields = matchFilter<StoredDeliveryFilter, DeliveryMatch>(deliveryMatches, filter);
  const query = {
    $and: [{ _id: { $in: [...eventIds] } }, notTombstone, ...fields.map(({ event }) => event)],
  };
  const docs = await events
    .find(query, { hint: '_id_', comment: boundedScan, projection: { data: 0 } })
    .toArray();
  return docs
    .map(toEvent)
    .flatMap(toInFlightDeliveries)
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

/** The deliveries of an event as they are before their first attempt ends, in the order of its targets. */
export function toInFlightDeliveries(event: AcceptedEvent): Delivery[] {
  return event.targets.map((webhookId, index) =>
    toInFlightDelivery(event, webhookId, toDeliveryId(event.id, index)),
  );
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
