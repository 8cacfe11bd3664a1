import type { Filter } from 'mongodb';
import type { Delivery } from '../../../domain/delivery.ts';
import { testPings } from '../../../domain/event-type.ts';
import { eventIdFromDeliveryId, toDeliveryId } from '../../../domain/ids.ts';
import type { StoredDeliveryFilter } from '../../../domain/ports/delivery-store.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toDelivery, withoutContents, type DeliveryDoc } from '../documents/delivery.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import type { ListPlan } from '../driver/list-plan.ts';
import { matchFilter } from '../driver/match-filter.ts';
import { boundedScan, maxExamined, readMergedList } from '../driver/read-list.ts';
import { planAllTypes } from '../events/types-in-use.ts';
import { findOpenEvents } from '../queue/entry-owners.ts';
import { deliveryMatches, maxMergedWebhooks, needsAttempt, type DeliveryMatch } from './delivery-filter.ts';
import { toInFlightDeliveries } from './in-flight-deliveries.ts';

/** A filter whose deliveries are read by their events: those of an account or, of some types, of an app. */
export type EventOrderedFilter = StoredDeliveryFilter & { readonly status?: 'delivered' | undefined };

/**
 * No index of the deliveries has the delivered ones of an account, or their types. Narrower lists have an index of
 * their own.
 */
export function isForEvents(filter: StoredDeliveryFilter): filter is EventOrderedFilter {
  const { accountId, appId, webhookId, webhookIds = [], eventId, status, event, cause, reasons } = filter;
  const isNarrower = [webhookId, eventId, cause, reasons].some((value) => value !== undefined);
  const isMerged = filter.webhookIds !== undefined && webhookIds.length <= maxMergedWebhooks;
  const hasScope = appId === undefined ? accountId !== undefined : event !== undefined;
  return hasScope && !isNarrower && !isMerged && (status === undefined || status === 'delivered');
}

/** Deliveries, newest first, read with one more than the limit. */
export interface DeliveryRead {
  readonly deliveries: readonly Delivery[];
  /** The delivery id at which the next page continues if this one is not full. Undefined: there is none. */
  readonly examinedTo: string | undefined;
}

/** Events read for a page of a filter that most deliveries may not match. */
const eventsPerRead = 500;

/**
 * Reads the deliveries of an account or an app by its events, whose ids sort alike. An index of the deliveries by
 * account would cost every delivery a write, and the events have one.
 */
export async function listByEvents(
  collections: Collections,
  filter: EventOrderedFilter,
  page: PageRequest,
): Promise<DeliveryRead> {
  const { appId, accountId = '', event } = filter;
  const scope = appId === undefined ? { accountId } : { appId };
  const matches = toMatches(filter);
  const isSelective = needsAttempt(filter) || filter.webhookIds !== undefined;
  const limit = isSelective ? Math.max(page.limit, eventsPerRead) : page.limit;
  const plan = toEventPlan(filter, page.cursor);
  const read = await readMergedList(
    collections.events,
    await planAllTypes(collections, scope, plan, event),
    { cursor: undefined, limit },
    { data: 0 },
  );
  const expected = read.docs
    .flatMap((doc) => toExpected(doc))
    .filter(({ id }) => page.cursor === undefined || id < page.cursor)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  // First, so that a delivery that ends between the reads is found in the second one.
  const open =
    filter.status === undefined && !needsAttempt(filter)
      ? await findOpenEvents(
          collections,
          read.docs.map((doc) => doc._id),
        )
      : new Set<string>();
  const deliveries: Delivery[] = [];
  for (let start = 0; start < expected.length; start += limit + 1) {
    if (start >= maxExamined) return { deliveries, examinedTo: expected[start - 1]?.id };
    const some = expected.slice(start, start + limit + 1);
    deliveries.push(...(await readExpected(collections, some, matches, open)));
    if (deliveries.length > page.limit) return { deliveries, examinedTo: undefined };
  }
  const last = read.docs.length > limit ? read.docs.at(-1)?._id : read.examinedTo;
  return { deliveries, examinedTo: last === undefined ? undefined : toDeliveryId(last, 0) };
}

function toMatches(filter: StoredDeliveryFilter): DeliveryMatch[] {
  return matchFilter<StoredDeliveryFilter, DeliveryMatch>(deliveryMatches, filter);
}

function toEventPlan(
  { appId, accountId, excludedAppIds = [], since, until }: EventOrderedFilter,
  cursor: string | undefined,
): ListPlan {
  const below = cursor === undefined ? [] : [{ _id: { $lte: eventIdFromDeliveryId(cursor) } }];
  // Test pings have a delivery without a target.
  const hasDeliveries: Filter<EventDoc> = {
    $or: [{ 'targets.0': { $exists: true } }, { type: { $in: [...testPings] } }],
  };
  const scope = appId === undefined ? { accountId } : { appId };
  const owner = appId === undefined ? {} : { accountId };
  const excluded = excludedAppIds.length === 0 ? {} : { excludedAppIds };
  const toEvents = (filter: StoredDeliveryFilter) => toMatches(filter).map(({ event }) => event);
  return {
    hint: appId === undefined ? 'by_account_type' : 'by_app_type',
    indexed: [...toEvents({ ...scope, since, until }), ...below],
    remaining: [hasDeliveries, ...toEvents({ ...owner, ...excluded })],
  };
}

/** A delivery that an event has: stored, or in flight. */
interface ExpectedDelivery {
  readonly id: string;
  readonly eventId: string;
  /** Undefined for a test ping, which is never in flight. */
  readonly inFlight: Delivery | undefined;
}

function toExpected(doc: EventDoc): ExpectedDelivery[] {
  const inFlight = toInFlightDeliveries(toEvent(doc));
  if (inFlight.length === 0) return [{ id: toDeliveryId(doc._id, 0), eventId: doc._id, inFlight: undefined }];
  return inFlight.map((delivery) => ({ id: delivery.id, eventId: doc._id, inFlight: delivery }));
}

async function readExpected(
  { deliveries }: Collections,
  expected: readonly ExpectedDelivery[],
  matches: readonly DeliveryMatch[],
  open: ReadonlySet<string>,
): Promise<Delivery[]> {
  const ids: Filter<DeliveryDoc> = { _id: { $in: expected.map(({ id }) => id) } };
  const query: Filter<DeliveryDoc> = { $and: [ids, ...matches.map(({ stored }) => stored)] };
  const docs = await deliveries
    .find(query, { hint: '_id_', comment: boundedScan, projection: withoutContents })
    .toArray();
  const stored = new Map(docs.map((doc) => [doc._id, toDelivery(doc)]));
  return expected.flatMap(({ id, eventId, inFlight }) => {
    const isOpen = inFlight !== undefined && open.has(eventId);
    const isMatching = isOpen && matches.every((match) => match.matches(inFlight));
    return stored.get(id) ?? (isMatching ? inFlight : []);
  });
}
