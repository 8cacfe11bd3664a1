import type { Filter } from 'mongodb';
import type { DeliveryFilter, DeliveryReason, Page } from '@tocsin/shared';
import type { Delivery } from '../../../domain/delivery.ts';
import type { DeliveryStore, QueueState } from '../../../domain/ports/delivery-store.ts';
import type { PageRequest, Visibility, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toAttemptDoc, toDelivery, type DeliveryDoc } from '../documents/delivery.ts';
import { countOutboxEvents } from '../queue/outbox.ts';
import { deliveryMatches, type DeliveryMatch } from './delivery-filter.ts';
import { findInFlightDelivery, listInFlightDeliveries } from './in-flight-deliveries.ts';
import { matchFilter } from '../driver/match-filter.ts';
import { pageFrom } from '../driver/page.ts';
import { toVisibilityQuery } from '../driver/visibility.ts';
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
    // In-flight deliveries first: one that gets its document between the reads is found twice and kept once.
    const readAhead = { cursor: page.cursor, limit: page.limit + 1 };
    const inFlight = await listInFlightDeliveries(this.#collections, filter, readAhead);
    const docs = await this.#collections.deliveries
      .find(toQuery(filter, page.cursor), { projection: { 'attempts.reply': 0 } })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .toArray();
    const stored = docs.map(toDelivery);
    const ids = new Set(stored.map((delivery) => delivery.id));
    const merged = [...stored, ...inFlight.filter((delivery) => !ids.has(delivery.id))].sort((a, b) =>
      a.id < b.id ? 1 : -1,
    );
    return pageFrom(
      merged,
      page.limit,
      (delivery) => delivery,
      (delivery) => delivery.id,
    );
  }

  async retryNow(id: string, at: number): Promise<boolean> {
    const result = await this.#collections.deliveries.updateOne(
      { _id: id, lease: { $exists: false } },
      {
        $set: { status: 'pending', reason: 'awaiting_retry', due: new Date(at) },
        $unset: { finishedAt: 1 },
      },
    );
    return result.matchedCount === 1;
  }

  async getQueueState(visibility: Visibility, now: number): Promise<QueueState> {
    const { deliveries, events } = this.#collections;
    const inApps = toVisibilityQuery(visibility);
    const due = { due: { $exists: true }, ...inApps };
    const dueNow = { due: { $lte: new Date(now) }, ...inApps };
    const oldest = { sort: { due: 1 }, projection: { due: 1 } } as const;
    const [waiting, inOutbox, waitingNow, inOutboxNow, oldestWaiting, oldestInOutbox] = await Promise.all([
      deliveries.countDocuments(due),
      countOutboxEvents(events, { due: { $exists: true } }, visibility),
      deliveries.countDocuments(dueNow),
      countOutboxEvents(events, { due: { $lte: new Date(now) } }, visibility),
      deliveries.findOne(dueNow, oldest),
      events.findOne({ due: { $lte: new Date(now) } }, oldest),
    ]);
    const times = [oldestWaiting?.due?.getTime(), oldestInOutbox?.due?.getTime()].filter(
      (time) => time !== undefined,
    );
    return {
      pending: waiting + inOutbox,
      dueNow: waitingNow + inOutboxNow,
      oldestDueAt: times.length === 0 ? null : Math.min(...times),
    };
  }

  async cancelPending(webhookId: string, reason: DeliveryReason, at: number, limit: number): Promise<number> {
    return await updateSome(
      this.#collections.deliveries,
      { webhookId, status: 'pending' },
      { $set: { status: 'cancelled', reason, finishedAt: new Date(at) }, $unset: { due: 1, lease: 1 } },
      limit,
    );
  }

  async defer(webhookId: string, until: number, limit: number): Promise<number> {
    const due = new Date(until);
    return await updateSome(
      this.#collections.deliveries,
      { webhookId, status: 'pending', lease: { $exists: false }, due: { $ne: due } },
      { $set: { reason: 'webhook_disabled', due } },
      limit,
    );
  }

  async resume(webhookId: string, at: number, limit: number): Promise<number> {
    const due = new Date(at);
    return await updateSome(
      this.#collections.deliveries,
      {
        webhookId,
        status: 'pending',
        lease: { $exists: false },
        reason: { $in: ['webhook_disabled', 'webhook_paused'] },
        due: { $ne: due },
      },
      { $set: { reason: 'awaiting_retry', due } },
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
      at: new Date(delivery.createdAt),
      ...(delivery.reason === null ? {} : { reason: delivery.reason }),
      ...(delivery.finishedAt === null ? {} : { finishedAt: new Date(delivery.finishedAt) }),
    });
  }
}

function toQuery(filter: VisibleOnly<DeliveryFilter>, cursor: string | undefined): Filter<DeliveryDoc> {
  const conditions = matchFilter<VisibleOnly<DeliveryFilter>, DeliveryMatch>(deliveryMatches, filter).map(
    ({ stored }) => stored,
  );
  if (cursor !== undefined) conditions.unshift({ _id: { $lt: cursor } });
  return conditions.length === 0 ? {} : { $and: conditions };
}
