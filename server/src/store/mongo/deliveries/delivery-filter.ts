import type { Filter } from 'mongodb';
import type { DeliveryFilter } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import { deliveryRangeFromEventId } from '../../../domain/ids.ts';
import type { VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import type { EventDoc } from '../documents/event.ts';
import type { FilterTable } from '../driver/match-filter.ts';
import { toExclusion } from '../driver/visibility.ts';

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
} satisfies FilterTable<VisibleOnly<DeliveryFilter>, DeliveryMatch>;

function toIdRange(eventId: string): { $gte: string; $lte: string } {
  const { first, last } = deliveryRangeFromEventId(eventId);
  return { $gte: first, $lte: last };
}
