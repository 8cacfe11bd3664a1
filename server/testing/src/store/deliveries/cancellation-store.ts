import type { DeliveryReason } from '@tocsin/shared';
import type { Delivery } from '../../../../src/domain/delivery.ts';
import { lowestIdAt } from '../../../../src/domain/ids.ts';
import type { CancellationStore, DeliveryChoice } from '../../../../src/domain/ports/bulk-stores.ts';
import { selectsEventType } from '../../../../src/domain/select-event-types.ts';
import { toPredicate, type FilterTable } from '../filter-table.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import { takeMatching } from '../take-page.ts';
import { toEnded, toFinal } from './delivery-changes.ts';
import { inFlightDeliveries } from './in-flight-deliveries.ts';

export class MemoryCancellationStore implements CancellationStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async count(choice: DeliveryChoice): Promise<{ waiting: number; underWay: number }> {
    const isChosen = toPredicate(choiceMatches, choice);
    return {
      waiting: this.#database.deliveries.getWaiting(choice.webhookId).filter(isChosen).length,
      underWay: [...inFlightDeliveries(this.#database)].filter(isChosen).length,
    };
  }

  async cancelSome(
    choice: DeliveryChoice,
    reason: DeliveryReason,
    at: number,
    limit: number,
  ): Promise<number> {
    const { deliveries } = this.#database;
    const isChosen = toPredicate(choiceMatches, choice);
    const chosen = takeMatching(deliveries.getWaiting(choice.webhookId), isChosen, limit);
    // A user also ends what a replay put back into the queue by mistake, and sees each as cancelled.
    const change = reason === 'cancelled_by_user' ? toFinal : toEnded;
    for (const delivery of chosen) deliveries.set(delivery.id, change(delivery, 'cancelled', reason, at));
    return chosen.length;
  }
}

/** One row per field. Delivery ids sort by the time of acceptance of their event. */
const choiceMatches: FilterTable<DeliveryChoice, Delivery> = {
  webhookId: (delivery, webhookId) => delivery.webhookId === webhookId,
  ids: (delivery, ids) => ids.includes(delivery.id),
  since: (delivery, since) => delivery.id >= lowestIdAt('dlv_', Date.parse(since)),
  until: (delivery, until) => delivery.id < lowestIdAt('dlv_', Date.parse(until)),
  events: (delivery, types) => selectsEventType(types, delivery.type),
  exceptEvents: ({ type, sentByHand }, types) => !selectsEventType(types, type) && sentByHand === undefined,
};
