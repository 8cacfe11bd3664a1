import type { Filter } from 'mongodb';
import type { DeliveryReason } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { CancellationStore, DeliveryChoice } from '../../../domain/ports/bulk-stores.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { listInFlightDeliveries } from './in-flight-deliveries.ts';
import { updateSome } from '../driver/update-some.ts';

/** In-flight deliveries read for one count. Far more than a webhook has. */
const maxInFlight = 1_000;

export class MongoCancellationStore implements CancellationStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async count(choice: DeliveryChoice): Promise<{ waiting: number; underWay: number }> {
    const { deliveries } = this.#collections;
    // In-flight deliveries first: one that gets its document meanwhile is counted twice instead of not at
    // all.
    const page = { cursor: undefined, limit: maxInFlight };
    const inFlight = await listInFlightDeliveries(this.#collections, { webhookId: choice.webhookId }, page);
    const [waiting, leased] = await Promise.all([
      deliveries.countDocuments(toQuery(choice, { isLeased: false })),
      deliveries.countDocuments(toQuery(choice, { isLeased: true })),
    ]);
    return { waiting, underWay: leased + inFlight.filter((delivery) => isChosen(choice, delivery)).length };
  }

  async cancelSome(
    choice: DeliveryChoice,
    reason: DeliveryReason,
    at: number,
    limit: number,
  ): Promise<number> {
    return await updateSome(
      this.#collections.deliveries,
      toQuery(choice, { isLeased: false }),
      { $set: { status: 'cancelled', reason, finishedAt: new Date(at) }, $unset: { due: 1 } },
      limit,
    );
  }
}

/** How one field of a choice selects pending deliveries. */
interface ChoiceMatch {
  /** Deliveries with a document. */
  readonly stored: Filter<DeliveryDoc>;
  /** Deliveries without one. */
  matches(delivery: Delivery): boolean;
}

/** One row per field. Delivery ids sort by the time of acceptance of their event. */
const choiceMatches = {
  webhookId: (webhookId) => ({
    stored: { webhookId },
    matches: (delivery) => delivery.webhookId === webhookId,
  }),
  ids: (ids) => ({
    stored: { _id: { $in: [...ids] } },
    matches: (delivery) => ids.includes(delivery.id),
  }),
  since: (since) => ({
    stored: { _id: { $gte: lowestIdAt('dlv_', Date.parse(since)) } },
    matches: (delivery) => delivery.createdAt >= Date.parse(since),
  }),
  until: (until) => ({
    stored: { _id: { $lt: lowestIdAt('dlv_', Date.parse(until)) } },
    matches: (delivery) => delivery.createdAt < Date.parse(until),
  }),
  events: (types) => ({
    stored: { type: { $in: [...types] } },
    matches: (delivery) => types.includes(delivery.type),
  }),
} satisfies FilterTable<DeliveryChoice, ChoiceMatch>;

function toMatches(choice: DeliveryChoice): ChoiceMatch[] {
  return matchFilter<DeliveryChoice, ChoiceMatch>(choiceMatches, choice);
}

function toQuery(choice: DeliveryChoice, { isLeased }: { isLeased: boolean }): Filter<DeliveryDoc> {
  return {
    $and: [
      { status: 'pending', lease: { $exists: isLeased } },
      ...toMatches(choice).map(({ stored }) => stored),
    ],
  };
}

function isChosen(choice: DeliveryChoice, delivery: Delivery): boolean {
  return toMatches(choice).every((field) => field.matches(delivery));
}
