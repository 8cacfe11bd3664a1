import type { DeliveryFilter, DeliveryStatus } from '@tocsin/shared';
import type { Filter } from 'mongodb';
import type { Delivery } from '../../../domain/delivery.ts';
import type { PageRequest, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toDelivery, type DeliveryDoc } from '../documents/delivery.ts';
import { planList, type ListIndex } from '../driver/list-plan.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { readList } from '../driver/read-list.ts';
import { deliveryMatches, type DeliveryMatch } from './delivery-filter.ts';
import { listInFlightDeliveries } from './in-flight-deliveries.ts';
import type { DeliveryRead } from './list-by-events.ts';

type Filters = VisibleOnly<DeliveryFilter>;

const statuses = ['pending', 'delivered', 'failed', 'cancelled'] satisfies readonly DeliveryStatus[];
const enumerated = { status: { status: { $in: statuses } } };

const indexes: readonly ListIndex<Filters>[] = [
  // An event has few deliveries, so the range of their ids answers every other field, too.
  {
    hint: '_id_',
    needs: ['eventId'],
    answers: ['eventId', 'webhookId', 'appId', 'accountId', 'excludedAppIds', 'status'],
  },
  { hint: 'by_webhook_status', needs: ['webhookId'], answers: ['webhookId', 'status'], enumerated },
  { hint: 'by_app_status', needs: ['appId'], answers: ['appId', 'status'], enumerated },
  // Lists without a status are read by the events.
  { hint: 'undelivered_by_account', needs: ['accountId', 'status'], answers: ['accountId', 'status'] },
  { hint: '_id_', answers: [] },
];

/** One row per filter of `deliveries.list`. */
const storedMatches = Object.fromEntries(
  Object.entries(deliveryMatches).map(([field, toMatch]) => [
    field,
    // `as`: each row takes the value of its own field.
    (value: never) => (toMatch as (value: never) => DeliveryMatch)(value).stored,
  ]),
  // `as`: `fromEntries` loses the keys.
) as unknown as FilterTable<Filters, Filter<DeliveryDoc>>;

/** Reads deliveries, with and without a document, newest first, with one more than the limit. */
export async function listByIndex(
  collections: Collections,
  filter: Filters,
  page: PageRequest,
): Promise<DeliveryRead> {
  // In-flight deliveries first: one that gets its document between the reads is found twice and kept once.
  const readAhead = { cursor: page.cursor, limit: page.limit + 1 };
  const inFlight = await listInFlightDeliveries(collections, filter, readAhead);
  const stored = await readStored(collections, filter, page);
  const ids = new Set(stored.deliveries.map((delivery) => delivery.id));
  const merged = [
    ...stored.deliveries,
    ...inFlight.deliveries.filter((delivery) => !ids.has(delivery.id)),
  ].sort((a, b) => (a.id < b.id ? 1 : -1));
  // Below the end of one of the reads, its deliveries are missing.
  const ends = [stored.examinedTo, inFlight.examinedTo].filter((id) => id !== undefined);
  const examinedTo = ends.length === 0 ? undefined : ends.sort().at(-1);
  return {
    deliveries: examinedTo === undefined ? merged : merged.filter(({ id }) => id >= examinedTo),
    examinedTo,
  };
}

async function readStored(
  { deliveries }: Collections,
  filter: Filters,
  page: PageRequest,
): Promise<DeliveryRead> {
  const projection = { 'attempts.reply': 0 };
  const { webhookId, eventId, status } = filter;
  if (webhookId === undefined || eventId !== undefined) {
    const plan = planList(storedMatches, indexes, filter);
    const { docs, examinedTo } = await readList(deliveries, plan, page, projection);
    return { deliveries: docs.map(toDelivery), examinedTo };
  }
  // All deliveries of a webhook have the same app and account. They are compared here, because mongod would
  // read all of another account's deliveries to find none.
  const plan = planList(storedMatches, indexes, { webhookId, status });
  const { docs } = await readList(deliveries, plan, page, projection);
  const fields = matchFilter<Filters, DeliveryMatch>(deliveryMatches, filter);
  const visible = docs
    .map(toDelivery)
    .filter((delivery: Delivery) => fields.every((field) => field.matches(delivery)));
  return { deliveries: visible, examinedTo: undefined };
}
