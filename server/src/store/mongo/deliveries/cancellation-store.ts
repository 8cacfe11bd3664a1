import type { Filter } from 'mongodb';
import type { DeliveryReason } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { CancellationStore, DeliveryChoice } from '../../../domain/ports/bulk-stores.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { openDeliveries } from './in-flight-deliveries.ts';
import { updateSome } from '../driver/update-some.ts';

/** Deliveries without a document looked at for one count: far more than one webhook has in flight. */
const maxOpen = 1_000;

export class MongoCancellationStore implements CancellationStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async count(choice: DeliveryChoice): Promise<{ waiting: number; underWay: number }> {
    const { deliveries } = this.#collections;
    // Open ones first: one that gets its document meanwhile is counted twice, not missed.
    const page = { cursor: undefined, limit: maxOpen };
    const open = await openDeliveries(this.#collections, { webhookId: choice.webhookId }, page);
    const [waiting, held] = await Promise.all([
      deliveries.countDocuments(matching(choice, false)),
      deliveries.countDocuments(matching(choice, true)),
    ]);
    return { waiting, underWay: held + open.filter((delivery) => fits(choice, delivery)).length };
  }

  async cancelSome(
    choice: DeliveryChoice,
    reason: DeliveryReason,
    at: number,
    limit: number,
  ): Promise<number> {
    return await updateSome(
      this.#collections.deliveries,
      matching(choice, false),
      { $set: { status: 'cancelled', reason, finishedAt: new Date(at) }, $unset: { due: 1 } },
      limit,
    );
  }
}

/** How one field of a choice selects pending deliveries, with a document and without. */
interface ChoiceMatch {
  readonly stored: Filter<DeliveryDoc>;
  matches(delivery: Delivery): boolean;
}

/** One row per field. The ids of deliveries sort by the time at which their event was accepted. */
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

function matching(choice: DeliveryChoice, isHeld: boolean): Filter<DeliveryDoc> {
  return {
    $and: [
      { status: 'pending', lease: { $exists: isHeld } },
      ...toMatches(choice).map(({ stored }) => stored),
    ],
  };
}

function fits(choice: DeliveryChoice, delivery: Delivery): boolean {
  return toMatches(choice).every((field) => field.matches(delivery));
}
