import type { DeliveryFilter } from '@tocsin/shared';
import type { Filter } from 'mongodb';
import type { Delivery } from '../../../domain/delivery.ts';
import { testPings } from '../../../domain/event-type.ts';
import { eventIdFromDeliveryId, toDeliveryId } from '../../../domain/ids.ts';
import type { PageRequest, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toDelivery } from '../documents/delivery.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import type { ListPlan } from '../driver/list-plan.ts';
import { boundedScan, maxExamined, readMergedList } from '../driver/read-list.ts';
import { toExclusion } from '../driver/visibility.ts';
import { planAllTypes } from '../events/types-in-use.ts';
import { findOpenEvents } from '../queue/entry-owners.ts';
import { toInFlightDeliveries } from './in-flight-deliveries.ts';

/** A filter for the deliveries of all apps of an account: all, or the delivered ones. */
export type AccountDeliveries = VisibleOnly<DeliveryFilter> & {
  readonly accountId: string;
  readonly status?: 'delivered' | undefined;
};

export function isForAccount(filter: VisibleOnly<DeliveryFilter>): filter is AccountDeliveries {
  const { accountId, appId, webhookId, eventId, status } = filter;
  const isNarrower = appId !== undefined || webhookId !== undefined || eventId !== undefined;
  return accountId !== undefined && !isNarrower && (status === undefined || status === 'delivered');
}

/** Deliveries, newest first, read with one more than the limit. */
export interface DeliveryRead {
  readonly deliveries: readonly Delivery[];
  /** The delivery id at which the next page continues if this one is not full. Undefined: there is none. */
  readonly examinedTo: string | undefined;
}

/**
 * Reads the deliveries of an account by its events, whose ids sort alike. An index of the deliveries by account
 * would cost every delivery a write, and the events have one.
 */
export async function listByEvents(
  collections: Collections,
  filter: AccountDeliveries,
  page: PageRequest,
): Promise<DeliveryRead> {
  const { accountId } = filter;
  const read = await readMergedList(
    collections.events,
    await planAllTypes(collections, { accountId }, toEventPlan(filter, page.cursor)),
    { cursor: undefined, limit: page.limit },
    { data: 0 },
  );
  const expected = read.docs
    .flatMap(toExpected)
    .filter(({ id }) => page.cursor === undefined || id < page.cursor)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  // First, so that a delivery that ends between the reads is found in the second one.
  const open =
    filter.status === undefined
      ? await findOpenEvents(
          collections,
          read.docs.map((doc) => doc._id),
        )
      : new Set<string>();
  const deliveries: Delivery[] = [];
  for (let start = 0; start < expected.length; start += page.limit + 1) {
    if (start >= maxExamined) return { deliveries, examinedTo: expected[start - 1]?.id };
    const some = expected.slice(start, start + page.limit + 1);
    deliveries.push(...(await readExpected(collections, some, filter, open)));
    if (deliveries.length > page.limit) return { deliveries, examinedTo: undefined };
  }
  const last = read.docs.length > page.limit ? read.docs.at(-1)?._id : read.examinedTo;
  return { deliveries, examinedTo: last === undefined ? undefined : toDeliveryId(last, 0) };
}

function toEventPlan(
  { accountId, excludedAppIds = [] }: AccountDeliveries,
  cursor: string | undefined,
): ListPlan {
  const below = cursor === undefined ? [] : [{ _id: { $lte: eventIdFromDeliveryId(cursor) } }];
  // Test pings have a delivery without a target.
  const hasDeliveries: Filter<EventDoc> = {
    $or: [{ 'targets.0': { $exists: true } }, { type: { $in: [...testPings] } }],
  };
  return {
    hint: 'by_account_type',
    indexed: [{ accountId }, ...below],
    remaining: [hasDeliveries, ...(excludedAppIds.length === 0 ? [] : [toExclusion(excludedAppIds)])],
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
  { status }: AccountDeliveries,
  open: ReadonlySet<string>,
): Promise<Delivery[]> {
  const docs = await deliveries
    .find(
      { _id: { $in: expected.map(({ id }) => id) }, ...(status === undefined ? {} : { status }) },
      { hint: '_id_', comment: boundedScan, projection: { 'attempts.reply': 0 } },
    )
    .toArray();
  const stored = new Map(docs.map((doc) => [doc._id, toDelivery(doc)]));
  return expected.flatMap(({ id, eventId, inFlight }) => {
    return stored.get(id) ?? (inFlight !== undefined && open.has(eventId) ? inFlight : []);
  });
}
