import type { DeliveryStatus } from '@tocsin/shared';
import type { Filter } from 'mongodb';
import { undeliveredStatuses } from '../../../domain/delivery-match.ts';
import type { StoredDeliveryFilter } from '../../../domain/ports/delivery-store.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toDelivery, withoutContents, type DeliveryDoc } from '../documents/delivery.ts';
import { planList, type ListIndex, type ListPlan } from '../driver/list-plan.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { readMergedList } from '../driver/read-list.ts';
import { deliveryMatches, maxMergedWebhooks, type DeliveryMatch } from './delivery-filter.ts';
import { listInFlightDeliveries } from './in-flight-deliveries.ts';
import type { DeliveryRead } from './list-by-events.ts';

type Filters = StoredDeliveryFilter;

const statuses = ['pending', 'delivered', 'failed', 'cancelled'] satisfies readonly DeliveryStatus[];
const enumerated = { status: { status: { $in: statuses } } };
const undelivered = { status: { status: { $in: undeliveredStatuses } } };

/** Every index ends with the id, which has the time. */
const times = ['since', 'until'] as const satisfies readonly (keyof Filters)[];

/**
 * The most selective index first. What an index does not answer is compared on at most `maxExamined` documents of a
 * page. A cause has its rows, so that these are none of the delivered ones.
 */
const indexes: readonly ListIndex<Filters>[] = [
  // An event has few deliveries, so the range of their ids answers every other field, too.
  {
    hint: '_id_',
    needs: ['eventId'],
    answers: [
      'eventId',
      'webhookId',
      'webhookIds',
      'appId',
      'accountId',
      'excludedAppIds',
      'status',
      ...times,
    ],
  },
  ...toRows('by_webhook_status', ['webhookId']),
  ...toRows('by_webhook_status', ['webhookIds']),
  ...toRows('by_app_status', ['appId']),
  // Lists without a status are read by the events.
  {
    hint: 'undelivered_by_account',
    needs: ['accountId', 'status'],
    answers: ['accountId', 'status', ...times],
  },
  {
    hint: 'undelivered_by_account',
    needs: ['accountId', 'cause'],
    answers: ['accountId', ...times],
    enumerated: undelivered,
  },
  { hint: 'undelivered', needs: ['status'], answers: ['status', ...times] },
  { hint: 'undelivered', needs: ['cause'], answers: times, enumerated: undelivered },
  { hint: '_id_', answers: times },
];

function toRows(hint: string, fields: readonly (keyof Filters)[]): ListIndex<Filters>[] {
  const answers = [...fields, 'status', ...times] as const;
  return [
    { hint, needs: [...fields, 'cause'], answers, enumerated: undelivered },
    { hint, needs: fields, answers, enumerated },
  ];
}

/** One row per filter of a list. */
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
  const { docs, examinedTo } = await readMergedList(deliveries, toPlans(filter), page, withoutContents);
  const fields = matchFilter<Filters, DeliveryMatch>(deliveryMatches, toOwners(filter));
  const visible = docs.map(toDelivery).filter((found) => fields.every((field) => field.matches(found)));
  return { deliveries: visible, examinedTo };
}

/** Ranges of one plan that mongod merges in the order of the ids. With more, it would sort all of them. */
const maxRanges = 200;
function toPlan(filter: Filters): ListPlan {
  // The partial indexes do not have the delivered ones.
  const isPartial = ({ hint }: ListIndex<Filters>) => hint.startsWith('undelivered');
  const fitting = filter.status === 'delivered' ? indexes.filter((index) => !isPartial(index)) : indexes;
  return planList(storedMatches, fitting, filter);
}

function toPlans(filter: Filters): ListPlan[] {
  const { webhookIds, ...others } = filter;
  if (filter.eventId !== undefined) return [toPlan(filter)];
  // All deliveries of a webhook have the same app and account. `readStored` compares them, because mongod would
  // read all of another account's deliveries to find none.
  if (filter.webhookId !== undefined) {
    const { appId: _, accountId: __, excludedAppIds: ___, ...rest } = filter;
    return [toPlan(rest)];
  }
  if (webhookIds === undefined || webhookIds.length > maxMergedWebhooks) {
    const plan = toPlan(others);
    const byWebhook = webhookIds === undefined ? [] : [storedMatches.webhookIds(webhookIds)];
    // `as`: the condition comes from a table that is typed by the document.
    return [{ ...plan, remaining: [...plan.remaining, ...(byWebhook as Filter<never>[])] }];
  }
  const perPlan = Math.floor(maxRanges / (filter.status === undefined ? statuses.length : 1));
  const plans: ListPlan[] = [];
  for (let start = 0; start < webhookIds.length; start += perPlan) {
    const some = webhookIds.slice(start, start + perPlan);
    plans.push(toPlan({ ...others, webhookIds: some }));
  }
  return plans;
}

/** The fields that a list of one webhook does not put into its query. */
function toOwners({ webhookId, eventId, appId, accountId, excludedAppIds = [] }: Filters): Filters {
  if (webhookId === undefined || eventId !== undefined) return {};
  return { appId, accountId, excludedAppIds };
}
