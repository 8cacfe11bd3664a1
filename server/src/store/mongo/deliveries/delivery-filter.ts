import type { Filter } from 'mongodb';
import type { StatusClass } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import {
  hasCause,
  hasStatusClass,
  statusRanges,
  tookAtLeast,
  undeliveredStatuses,
} from '../../../domain/delivery-match.ts';
import { deliveryRangeFromEventId, lowestIdAt } from '../../../domain/ids.ts';
import type { StoredDeliveryFilter } from '../../../domain/ports/delivery-store.ts';
import { selectsEventType } from '../../../domain/select-event-types.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import type { EventDoc } from '../documents/event.ts';
import type { FilterTable } from '../driver/match-filter.ts';
import { toTypeValues } from '../driver/type-condition.ts';
import { toExclusion } from '../driver/visibility.ts';

/** Webhooks whose ranges of an index are merged. More are compared on the documents. */
export const maxMergedWebhooks = 200;

/** How one field of a filter selects deliveries. */
export interface DeliveryMatch {
  /** Deliveries with a document. */
  readonly stored: Filter<DeliveryDoc>;
  /** Events of deliveries without a document. May select events without a matching delivery. */
  readonly event: Filter<EventDoc>;
  /** Deliveries without a document. */
  matches(delivery: Delivery): boolean;
}

/** One row per filter of `deliveries.list`. */
export const deliveryMatches = {
  appId: (appId) => ({
    stored: { appId },
    event: { appId },
    matches: (delivery) => delivery.appId === appId,
  }),
  accountId: (accountId) => ({
    stored: { accountId },
    event: { accountId },
    matches: (delivery) => delivery.accountId === accountId,
  }),
  excludedAppIds: (appIds) => ({
    stored: toExclusion(appIds),
    event: toExclusion(appIds),
    matches: (delivery) => !appIds.includes(delivery.appId),
  }),
  webhookId: (webhookId) => ({
    stored: { webhookId },
    event: { targets: webhookId },
    matches: (delivery) => delivery.webhookId === webhookId,
  }),
  eventId: (eventId) => ({
    // The deliveries of an event are a range of ids, so this needs no other index.
    stored: { _id: toIdRange(eventId) },
    event: { _id: eventId },
    matches: (delivery) => delivery.eventId === eventId,
  }),
  status: (status) => ({
    stored: { status },
    event: {},
    matches: (delivery) => delivery.status === status,
  }),
  // Ids sort by the time of acceptance of the event, which is the time of creation.
  since: (since) => ({
    stored: { _id: { $gte: lowestIdAt('dlv_', Date.parse(since)) } },
    event: { _id: { $gte: lowestIdAt('evt_', Date.parse(since)) } },
    matches: (delivery) => delivery.createdAt >= Date.parse(since),
  }),
  until: (until) => ({
    stored: { _id: { $lt: lowestIdAt('dlv_', Date.parse(until)) } },
    event: { _id: { $lt: lowestIdAt('evt_', Date.parse(until)) } },
    matches: (delivery) => delivery.createdAt < Date.parse(until),
  }),
  event: (selector) => ({
    stored: { type: { $in: toTypeValues([selector]) } },
    event: { type: { $in: toTypeValues([selector]) } },
    matches: (delivery) => selectsEventType([selector], delivery.type),
  }),
  webhookIds: (webhookIds) => ({
    stored: { webhookId: { $in: [...webhookIds] } },
    event: { targets: { $in: [...webhookIds] } },
    matches: (delivery) => webhookIds.includes(delivery.webhookId),
  }),
  reasons: (reasons) => ({
    stored: { reason: { $in: [...reasons] } },
    event: {},
    matches: ({ reason }) => reason !== null && reasons.includes(reason),
  }),
  cause: (cause) => ({
    stored: {
      status: { $in: [...undeliveredStatuses] },
      $expr: { $eq: [{ $last: '$attempts.reason' }, cause] },
    },
    event: {},
    matches: (delivery) => hasCause(delivery, cause),
  }),
  statusClass: (statusClass) => ({
    stored: toStatusCondition(statusClass),
    event: {},
    matches: (delivery) => hasStatusClass(delivery, statusClass),
  }),
  minAttempts: (minAttempts) => ({
    stored: { attemptCount: { $gte: minAttempts } },
    event: {},
    matches: (delivery) => delivery.attemptCount >= minAttempts,
  }),
  minDurationMs: (durationMs) => ({
    stored: { $expr: { $gte: [{ $last: '$attempts.ms' }, durationMs] } },
    event: {},
    matches: (delivery) => tookAtLeast(delivery, durationMs),
  }),
} satisfies FilterTable<StoredDeliveryFilter, DeliveryMatch>;

/** A delivery in its first attempt has none that a filter could match. */
export function needsAttempt(filter: StoredDeliveryFilter): boolean {
  const { cause, statusClass, minAttempts, minDurationMs } = filter;
  return [cause, statusClass, minAttempts, minDurationMs].some((value) => value !== undefined);
}

/** A status is stored as null if there was no response. */
function toStatusCondition(statusClass: StatusClass): Filter<DeliveryDoc> {
  const last = { $last: '$attempts.status' };
  if (statusClass === 'none') {
    return { 'attempts.0': { $exists: true }, $expr: { $eq: [last, null] } };
  }
  const [lowest, highest] = statusRanges[statusClass];
  return { $expr: { $and: [{ $gte: [last, lowest] }, { $lte: [last, highest] }] } };
}

function toIdRange(eventId: string): { $gte: string; $lte: string } {
  const { first, last } = deliveryRangeFromEventId(eventId);
  return { $gte: first, $lte: last };
}
