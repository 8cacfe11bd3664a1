import type { Filter } from 'mongodb';
import type { Delivery } from '../../domain/delivery.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import { deliveryIdOf, eventIdOfDelivery, targetIndexOf } from '../../domain/ids.ts';
import type { DeliveryFilter } from '../../domain/ports.ts';
import type { Collections, EventDoc } from './documents.ts';
import { eventOf } from './mapping.ts';

/*
 * A delivery gets its document when its first attempt ends. Until then it is part of its open event; these two
 * functions show such deliveries as the pending ones that they are.
 */

/** Open events looked at for one list: the newest, and far more than are ever in flight beside one page. */
const maxOpenEvents = 1_000;

export async function openDelivery(collections: Collections, id: string): Promise<Delivery | undefined> {
  const doc = await collections.events.findOne({ _id: eventIdOfDelivery(id), due: { $exists: true } });
  if (doc === null) return undefined;
  const event = eventOf(doc);
  const webhookId = event.targets[targetIndexOf(id)];
  return webhookId === undefined ? undefined : pendingView(event, webhookId, id);
}

/** Open deliveries that match, newest first, with ids below the cursor. */
export async function openDeliveries(
  collections: Collections,
  filter: DeliveryFilter,
  page: { readonly cursor: string | undefined; readonly limit: number },
): Promise<Delivery[]> {
  if (filter.status !== undefined && filter.status !== 'pending') return [];
  const query: Filter<EventDoc> = { due: { $exists: true } };
  if (filter.eventId !== undefined) query._id = filter.eventId;
  else if (page.cursor !== undefined) query._id = { $lte: eventIdOfDelivery(page.cursor) };
  if (filter.appId !== undefined) query.appId = filter.appId;
  else if (filter.appIds !== undefined) query.appId = { $in: [...filter.appIds] };
  if (filter.webhookId !== undefined) query.targets = filter.webhookId;
  const docs = await collections.events
    .find(query, { hint: 'open' })
    .sort({ due: -1 })
    .limit(maxOpenEvents)
    .toArray();
  const candidates = docs
    .map(eventOf)
    .flatMap((event) =>
      event.targets.map((webhookId, index) => pendingView(event, webhookId, deliveryIdOf(event.id, index))),
    )
    .filter((delivery) => filter.webhookId === undefined || delivery.webhookId === filter.webhookId)
    .filter((delivery) => page.cursor === undefined || delivery.id < page.cursor)
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, page.limit);
  const written = await collections.deliveries
    .find({ _id: { $in: candidates.map((delivery) => delivery.id) } }, { projection: { _id: 1 } })
    .toArray();
  const known = new Set(written.map((doc) => doc._id));
  return candidates.filter((delivery) => !known.has(delivery.id));
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
