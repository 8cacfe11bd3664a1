import type { UnparsedWebhookEvent } from '@tocsin/client/receiver';
import type { Ledger } from './ledger.ts';
import type { Log } from './log.ts';
import type { Shop } from './shop-events.gen.ts';

export interface HandlerDeps {
  readonly ledger: Ledger;
  readonly log: Log;
}

/** Handles a verified event. If it throws, the receiver responds with 500 and Tocsin delivers the event again. */
export async function handleEvent(
  event: UnparsedWebhookEvent<Shop>,
  { ledger, log }: HandlerDeps,
): Promise<void> {
  switch (event.type) {
    case 'order.paid':
      await ledger.book({ ...toEntry(event), amount: event.data.amount });
      break;
    case 'order.refunded':
      await ledger.book({ ...toEntry(event), amount: -event.data.amount });
      break;
    case 'unknown':
      // A type that is newer than this service. Returning acknowledges it: a retry would not make it known.
      log.warn(`not handled: ${event.eventType}`);
  }
}

type OrderEvent = Exclude<UnparsedWebhookEvent<Shop>, { readonly type: 'unknown' }>;

function toEntry({ id, timestamp, data }: OrderEvent) {
  // The profiles `standard` and `authforge` have an id. `authon` has none, so it does not fit a ledger.
  if (id === undefined) throw new Error('the event has no id; use the signing profile standard');
  const { customerId, orderId, currency } = data;
  return { _id: id, customerId, orderId, currency, at: new Date(timestamp) };
}
