import type { DeliveryFilter, DeliveryReason, Page } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import type {
  DeliveryStore,
  QueueState,
  UndeliveredCounts,
  WaitingCounts,
} from '../../../domain/ports/delivery-store.ts';
import type { PageRequest, Visibility, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toPartition } from '../../../domain/partition.ts';
import { toAttemptDoc, toDelivery } from '../documents/delivery.ts';
import { toEnded } from './end-pending.ts';
import { findInFlightDelivery } from './in-flight-deliveries.ts';
import { isForAccount, listByEvents } from './list-by-events.ts';
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

  async list(filter: VisibleOnly<DeliveryFilter>, page: PageRequest): Promise<Page<Delivery>> {
    const { deliveries, examinedTo } = isForAccount(filter)
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

  async retryNow({ id, webhookId }: Pick<Delivery, 'id' | 'webhookId'>, at: number): Promise<boolean> {
    const result = await this.#collections.deliveries.updateOne(
      { _id: id, webhookId },
      {
        $set: {
          status: 'pending',
          reason: 'awaiting_retry',
          partition: toPartition(webhookId),
          nextAt: new Date(at),
        },
        $unset: { finishedAt: 1 },
        $inc: { rev: 1 },
      },
    );
    return result.matchedCount === 1;
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
