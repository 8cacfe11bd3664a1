import type { Filter } from 'mongodb';
import type { DeliveryReason } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import { selectsEventType } from '../../../domain/select-event-types.ts';
import type { CancellationStore, DeliveryChoice } from '../../../domain/ports/bulk-stores.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { toTypeValues } from '../driver/type-condition.ts';
import { toCancelled, toEnded } from './end-pending.ts';
import { listInFlightDeliveries } from './in-flight-deliveries.ts';
import { updateSome } from '../driver/update-some.ts';

/** In-flight deliveries read for one count. Far more than a webhook has. */
const maxInFlight = 1_000;
/** Pending deliveries with a document that one count examines. */
const maxCounted = 50_000;
/** Answers the webhook, the status and the times. */
const hint = 'by_webhook_status';

export class MongoCancellationStore implements CancellationStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async count(choice: DeliveryChoice): Promise<{ waiting: number; underWay: number }> {
    // In-flight deliveries first: one that gets its document meanwhile is counted twice instead of not at
    // all.
    const page = { cursor: undefined, limit: maxInFlight };
    const inFlight = await listInFlightDeliveries(this.#collections, { webhookId: choice.webhookId }, page);
    const stored = await this.#countStored(choice);
    const chosen = inFlight.deliveries.filter((delivery) => isChosen(choice, delivery));
    return { waiting: stored, underWay: chosen.length };
  }

  async #countStored(choice: DeliveryChoice): Promise<number> {
    const { indexed, remaining } = toConditions(choice);
    const [sum] = await withHint(hint, (options) =>
      this.#collections.deliveries
        .aggregate<{ waiting: number }>(
          [{ $match: indexed }, { $limit: maxCounted }, { $match: remaining }, { $count: 'waiting' }],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    return sum?.waiting ?? 0;
  }

  async cancelSome(
    choice: DeliveryChoice,
    reason: DeliveryReason,
    at: number,
    limit: number,
  ): Promise<number> {
    const update =
      reason === 'cancelled_by_user' ? toCancelled(reason, at) : toEnded('cancelled', reason, new Date(at));
    return await updateSome(this.#collections.deliveries, toQuery(choice), update, limit);
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
    stored: { type: { $in: toTypeValues(types) } },
    matches: (delivery) => selectsEventType(types, delivery.type),
  }),
  exceptEvents: (entries) => ({
    stored: { type: { $nin: toTypeValues(entries) }, byHand: { $exists: false } },
    matches: ({ type, sentByHand }) => !selectsEventType(entries, type) && sentByHand === undefined,
  }),
} satisfies FilterTable<DeliveryChoice, ChoiceMatch>;

function toMatches(choice: DeliveryChoice): ChoiceMatch[] {
  return matchFilter<DeliveryChoice, ChoiceMatch>(choiceMatches, choice);
}

/** The conditions that the index answers, and the others. */
function toConditions({ webhookId, events, exceptEvents, ...choice }: DeliveryChoice) {
  const byType = toMatches({ webhookId, events, exceptEvents });
  return {
    indexed: {
      $and: [{ status: 'pending' }, ...toMatches({ webhookId, ...choice }).map(({ stored }) => stored)],
    },
    remaining: { $and: byType.map(({ stored }) => stored) },
  };
}

function toQuery(choice: DeliveryChoice): Filter<DeliveryDoc> {
  return { $and: [{ status: 'pending' }, ...toMatches(choice).map(({ stored }) => stored)] };
}

function isChosen(choice: DeliveryChoice, delivery: Delivery): boolean {
  return toMatches(choice).every((field) => field.matches(delivery));
}
