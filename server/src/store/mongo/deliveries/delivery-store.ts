import type { Filter, UpdateFilter } from 'mongodb';
import type { DeliveryReason, Page } from '@tocsin/shared';
import type { Delivery, SentByHand } from '../../../domain/delivery.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import { groupBy } from '../../../domain/group-by.ts';
import type {
  DeliveryStore,
  NewTarget,
  QueueState,
  StoredDeliveryFilter,
  UndeliveredCounts,
  WaitingCounts,
} from '../../../domain/ports/delivery-store.ts';
import type { PageRequest, Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toPartition } from '../../../domain/partition.ts';
import { toAttemptDoc, toDelivery, withoutContents, type DeliveryDoc } from '../documents/delivery.ts';
import { addTarget, toByHandDoc } from './add-target.ts';
import { toCancelled, toEnded } from './end-pending.ts';
import { findInFlightDeliveries, findInFlightDelivery } from './in-flight-deliveries.ts';
import { isForEvents, listByEvents } from './list-by-events.ts';
import { listByIndex } from './list-by-index.ts';
import { readQueueState } from './queue-state.ts';
import { countUndelivered, countWaiting, countWaitingTo } from './undelivered-counts.ts';
import { continueAt, pageFrom } from '../driver/page.ts';
import { updateSome } from '../driver/update-some.ts';

export class MongoDeliveryStore implements DeliveryStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async get(id: string): Promise<Delivery | undefined> {
    const doc = await this.#collections.deliveries.findOne({ _id: id });
    return doc ? toDelivery(doc) : await findInFlightDelivery(this.#collections, id);
  }

  async getMany(ids: readonly string[]): Promise<Delivery[]> {
    const docs = await this.#collections.deliveries
      .find({ _id: { $in: [...ids] } }, { projection: withoutContents })
      .toArray();
    const stored = docs.map(toDelivery);
    const storedIds = new Set(stored.map(({ id }) => id));
    const others = ids.filter((id) => !storedIds.has(id));
    return [...stored, ...(await findInFlightDeliveries(this.#collections, others))];
  }

  async list(filter: StoredDeliveryFilter, page: PageRequest): Promise<Page<Delivery>> {
    const { deliveries, examinedTo } = isForEvents(filter)
      ? await listByEvents(this.#collections, filter, page)
      : await listByIndex(this.#collections, filter, page);
    const found = pageFrom(
      deliveries,
      page.limit,
      (delivery) => delivery,
      (delivery) => delivery.id,
    );
    return continueAt(found, examinedTo);
  }

  async retryNow(
    { id, webhookId }: Pick<Delivery, 'id' | 'webhookId'>,
    at: number,
    sentByHand?: SentByHand,
  ): Promise<boolean> {
    const result = await this.#collections.deliveries.updateOne(
      { _id: id, webhookId },
      toRetried(webhookId, at, sentByHand),
    );
    return result.matchedCount === 1;
  }

  async addTarget({ id }: Pick<AcceptedEvent, 'id'>, target: NewTarget): Promise<string | undefined> {
    return await addTarget(this.#collections, id, target);
  }

  async retryMany(
    chosen: readonly Pick<Delivery, 'id' | 'webhookId'>[],
    at: number,
  ): Promise<ReadonlySet<string>> {
    if (chosen.length === 0) return new Set();
    const byWebhook = groupBy(chosen, ({ webhookId }) => webhookId);
    await this.#collections.deliveries.bulkWrite(
      [...byWebhook].map(([webhookId, some]) => ({
        updateMany: {
          filter: { _id: { $in: some.map(({ id }) => id) }, webhookId },
          update: toRetried(webhookId, at),
        },
      })),
      { ordered: false },
    );
    return await this.#findIds({ _id: { $in: chosen.map(({ id }) => id) } });
  }

  async cancelMany(ids: readonly string[], reason: DeliveryReason, at: number): Promise<ReadonlySet<string>> {
    const chosen = { _id: { $in: [...ids] } };
    await this.#collections.deliveries.updateMany({ ...chosen, status: 'pending' }, toCancelled(reason, at));
    return await this.#findIds({ ...chosen, status: 'cancelled', reason, finishedAt: new Date(at) });
  }

  async #findIds(query: Filter<DeliveryDoc>): Promise<ReadonlySet<string>> {
    const docs = await this.#collections.deliveries
      .find<{ _id: string }>(query, { projection: { _id: 1 } })
      .toArray();
    return new Set(docs.map(({ _id }) => _id));
  }

  async getQueueState(visibility: Visibility, now: number, since = 0): Promise<QueueState> {
    return await readQueueState(this.#collections, visibility, new Date(now), since);
  }

  async countUndelivered(visibility: Visibility, since: number): Promise<UndeliveredCounts> {
    return await countUndelivered(this.#collections, visibility, since);
  }

  async countWaiting(after: string | undefined, limit: number): Promise<WaitingCounts> {
    return await countWaiting(this.#collections, after, limit);
  }

  async countWaitingTo(webhookIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>> {
    return await countWaitingTo(this.#collections, webhookIds, limit);
  }

  async cancelPending(webhookId: string, reason: DeliveryReason, at: number, limit: number): Promise<number> {
    return await updateSome(
      this.#collections.deliveries,
      { webhookId, status: 'pending' },
      toEnded('cancelled', reason, new Date(at)),
      limit,
    );
  }

  async resume(webhookId: string, which: 'all' | 'paused', at: number, limit: number): Promise<number> {
    const nextAt = new Date(at);
    return await updateSome(
      this.#collections.deliveries,
      {
        partition: toPartition(webhookId),
        webhookId,
        nextAt: { $gt: nextAt },
        ...(which === 'all' ? {} : { reason: { $in: ['webhook_paused', 'destination_limited'] } }),
      },
      { $set: { reason: 'awaiting_retry', nextAt }, $inc: { rev: 1 } },
      limit,
    );
  }

  async insertFinished(delivery: Delivery): Promise<void> {
    await this.#collections.deliveries.insertOne({
      _id: delivery.id,
      eventId: delivery.eventId,
      appId: delivery.appId,
      accountId: delivery.accountId,
      webhookId: delivery.webhookId,
      type: delivery.type,
      status: delivery.status,
      attempts: delivery.attempts.map(toAttemptDoc),
      attemptCount: delivery.attemptCount,
      rev: 1,
      at: new Date(delivery.createdAt),
      ...(delivery.reason === null ? {} : { reason: delivery.reason }),
      ...(delivery.finishedAt === null ? {} : { finishedAt: new Date(delivery.finishedAt) }),
    });
  }
}

function toRetried(webhookId: string, at: number, sentByHand?: SentByHand): UpdateFilter<DeliveryDoc> {
  return {
    $set: {
      status: 'pending',
      reason: 'awaiting_retry',
      partition: toPartition(webhookId),
      nextAt: new Date(at),
      ...(sentByHand === undefined ? {} : { byHand: toByHandDoc(sentByHand) }),
    },
    $unset: { finishedAt: 1 },
    $inc: { rev: 1 },
  };
}
