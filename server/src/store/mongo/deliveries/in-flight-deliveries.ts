import type { DeliveryFilter } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import { toDeliveryId, eventIdOfDelivery, toTargetIndex } from '../../../domain/ids.ts';
import type { VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent } from '../documents/event.ts';
import { matchFilter } from '../driver/match-filter.ts';
import { toMemberIds } from '../queue/outbox.ts';
import { deliveryMatches, type DeliveryMatch } from './delivery-filter.ts';

/*
 * A delivery gets its document when its first attempt ends. Until then its event stands in an open batch; these two
 * functions show such deliveries as the pending ones that they are.
 */

/** Open batches looked at for one list: the newest, and far more than are ever in flight beside one page. */
const maxOpenBatches = 1_000;
/** Events of them that are read at once. */
const eventsAtOnce = 1_000;

export async function openDelivery(collections: Collections, id: string): Promise<Delivery | undefined> {
  const doc = await collections.events.findOne({ _id: eventIdOfDelivery(id) });
  const webhookId = doc?.targets[toTargetIndex(id)];
  if (doc === null || webhookId === undefined || !(await isOpen(collections, doc._id))) return undefined;
  return pendingView(toEvent(doc), webhookId, id);
}

async function isOpen({ events }: Collections, eventId: string): Promise<boolean> {
  const carrier = await events.findOne(
    { due: { $exists: true }, $or: [{ _id: eventId }, { batch: eventId }] },
    { projection: { _id: 1 }, hint: 'open_by_lane' },
  );
  return carrier !== null;
}

/**
 * Open deliveries that match, newest first, with ids below the cursor. Reads on until there are enough of them: many in an
 * open batch may have a document already, and a short answer would say that none is left further down.
 */
export async function openDeliveries(
  collections: Collections,
  filter: VisibleOnly<DeliveryFilter>,
  page: { readonly cursor: string | undefined; readonly limit: number },
): Promise<Delivery[]> {
  if (filter.status !== undefined && filter.status !== 'pending') return [];
  const batches = await collections.events
    .find({ due: { $exists: true } }, { hint: 'open_by_lane', projection: { batch: 1 } })
    .sort({ due: -1 })
    .limit(maxOpenBatches)
    .toArray();
  const newestId = page.cursor === undefined ? undefined : eventIdOfDelivery(page.cursor);
  const ids = batches
    .flatMap(toMemberIds)
    .filter(
      (id) =>
        (filter.eventId === undefined || id === filter.eventId) && (newestId === undefined || id <= newestId),
    )
    .sort((a, b) => (a < b ? 1 : -1));
  const open: Delivery[] = [];
  for (const some of slicesOf(ids, eventsAtOnce)) {
    const candidates = await toFirstDeliveries(collections, some, filter, page.cursor);
    for (const these of slicesOf(candidates, page.limit)) {
      open.push(...(await withoutDocument(collections, these)));
      if (open.length >= page.limit) return open.slice(0, page.limit);
    }
  }
  return open;
}

/** One for each target of these events that matches, newest first. */
async function toFirstDeliveries(
  { events }: Collections,
  ids: readonly string[],
  filter: VisibleOnly<DeliveryFilter>,
  cursor: string | undefined,
): Promise<Delivery[]> {
  const fields = matchFilter<VisibleOnly<DeliveryFilter>, DeliveryMatch>(deliveryMatches, filter);
  const query = { $and: [{ _id: { $in: [...ids] } }, ...fields.map(({ event }) => event)] };
  const docs = await events.find(query).toArray();
  return docs
    .map(toEvent)
    .flatMap((event) =>
      event.targets.map((webhookId, index) => pendingView(event, webhookId, toDeliveryId(event.id, index))),
    )
    .filter((delivery) => fields.every((field) => field.matches(delivery)))
    .filter((delivery) => cursor === undefined || delivery.id < cursor)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

async function withoutDocument(
  { deliveries }: Collections,
  candidates: readonly Delivery[],
): Promise<Delivery[]> {
  const written = await deliveries
    .find({ _id: { $in: candidates.map((delivery) => delivery.id) } }, { projection: { _id: 1 } })
    .toArray();
  const known = new Set(written.map((doc) => doc._id));
  return candidates.filter((delivery) => !known.has(delivery.id));
}

function* slicesOf<TItem>(items: readonly TItem[], size: number): Generator<readonly TItem[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

function pendingView(event: AcceptedEvent, webhookId: string, id: string): Delivery {
  return {
    id,
    eventId: event.id,
    webhookId,
    appId: event.appId,
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
