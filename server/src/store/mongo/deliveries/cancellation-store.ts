import type { Filter } from 'mongodb';
import type { DeliveryReason } from '@tocsin/shared';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { CancellationStore, DeliveryChoice } from '../../../domain/ports/bulk-stores.ts';
import type { Collections, DeliveryDoc } from '../documents/collections.ts';
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

function matching(choice: DeliveryChoice, isHeld: boolean): Filter<DeliveryDoc> {
  const { webhookId, ids, since, until, types } = choice;
  const conditions: Filter<DeliveryDoc>[] = [
    { webhookId, status: 'pending', lease: { $exists: isHeld } },
    ...(ids === undefined ? [] : [{ _id: { $in: [...ids] } }]),
    ...(since === undefined ? [] : [{ _id: { $gte: lowestIdAt('dlv_', since) } }]),
    ...(until === undefined ? [] : [{ _id: { $lt: lowestIdAt('dlv_', until) } }]),
    ...(types === undefined ? [] : [{ type: { $in: types as DeliveryDoc['type'][] } }]),
  ];
  return { $and: conditions };
}

function fits(
  { ids, since = 0, until = Infinity, types }: DeliveryChoice,
  delivery: { readonly id: string; readonly createdAt: number; readonly type: string },
): boolean {
  return (
    (ids === undefined || ids.includes(delivery.id)) &&
    (types === undefined || types.includes(delivery.type)) &&
    delivery.createdAt >= since &&
    delivery.createdAt < until
  );
}
