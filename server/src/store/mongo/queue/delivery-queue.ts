import type {
  ClaimRequest,
  ClaimedEntry,
  ClaimedDelivery,
  DeliveryQueue,
  LeasedItems,
  DeliveryResult,
} from '../../../domain/ports/delivery-queue.ts';
import type { Clock } from '../../../domain/ports/runtime.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent } from '../documents/event.ts';
import { limitEvents, readEntries } from './outbox.ts';
import { quarantineDeliveries, partitionReadable } from './quarantine.ts';
import { insertResults } from './insert-results.ts';
import { updateResults } from './update-results.ts';

/**
 * The delivery queue in MongoDB. A claim takes three round trips for any number of items: read the due ids,
 * write a new fencing token to those still due, read the items that carry the token. If two processes read
 * the same ids, the write decides, because it repeats the condition.
 *
 * Claims, completed entries and updated results use w:1. A crash that undoes one repeats a delivery and never
 * loses one (at-least-once). Inserted results wait for a majority: see insert-results.ts.
 */
export class MongoDeliveryQueue implements DeliveryQueue {
  readonly #collections: Collections;
  readonly #clock: Clock;

  constructor(collections: Collections, clock: Clock) {
    this.#collections = collections;
    this.#clock = clock;
  }

  async claimEntries(request: ClaimRequest): Promise<ClaimedEntry[]> {
    const { events } = this.#collections;
    const now = new Date(this.#clock.now());
    const excluded = [...request.excludedWebhookIds];
    const due = await events
      .find(
        { due: { $lte: now }, ...(excluded.length > 0 ? { lane: { $nin: excluded } } : {}) },
        { projection: { batch: 1 }, hint: 'open_by_lane' },
      )
      .sort({ due: 1 })
      .limit(request.limit)
      .toArray();
    if (due.length === 0) return [];
    const ids = limitEvents(due, request.limit).map((doc) => doc._id);
    const until = new Date(now.getTime() + request.leaseMs);
    await events.updateMany(
      { _id: { $in: ids }, due: { $lte: now } },
      { $set: { due: until, lease: request.token } },
      { writeConcern: { w: 1 } },
    );
    const claimed = await events
      .find({ _id: { $in: ids }, lease: request.token }, { projection: { batch: 1, gapSince: 1 } })
      .toArray();
    return await readEntries(this.#collections, claimed, now);
  }

  async claimDeliveries(request: ClaimRequest): Promise<ClaimedDelivery[]> {
    const { events, deliveries } = this.#collections;
    const now = new Date(this.#clock.now());
    const excluded = [...request.excludedWebhookIds];
    const due = await deliveries
      .find(
        {
          due: { $lte: now },
          ...(excluded.length > 0 ? { webhookId: { $nin: excluded } } : {}),
        },
        { projection: { _id: 1 }, hint: 'due' },
      )
      .sort({ due: 1 })
      .limit(request.limit)
      .toArray();
    if (due.length === 0) return [];
    const ids = due.map((doc) => doc._id);
    const until = new Date(now.getTime() + request.leaseMs);
    await deliveries.updateMany(
      { _id: { $in: ids }, due: { $lte: now } },
      { $set: { due: until, lease: request.token } },
      { writeConcern: { w: 1 } },
    );
    const claimed = await deliveries
      .find({ _id: { $in: ids }, lease: request.token }, { projection: { attempts: 0 } })
      .toArray();
    const eventIds = [...new Set(claimed.map((doc) => doc.eventId))];
    const found = await events.find({ _id: { $in: eventIds } }).toArray();
    const byId = new Map(found.map((doc) => [doc._id, doc]));
    const { readable, corruptIds } = partitionReadable(claimed, (doc): ClaimedDelivery => {
      const event = byId.get(doc.eventId);
      if (event === undefined) throw new Error('the event of the delivery is gone');
      return {
        deliveryId: doc._id,
        webhookId: doc.webhookId,
        event: toEvent(event),
        attemptCount: doc.attemptCount,
        createdAt: doc.at.getTime(),
        source: 'retry',
        token: request.token,
      };
    });
    if (corruptIds.length > 0) await quarantineDeliveries(deliveries, corruptIds, now);
    return readable;
  }

  async writeResults(results: readonly DeliveryResult[]): Promise<ReadonlySet<string>> {
    const fromOutbox = results.filter((result) => result.delivery.source === 'outbox');
    const retries = results.filter((result) => result.delivery.source === 'retry');
    const fenced = await Promise.all([
      insertResults(this.#collections.deliveries, fromOutbox),
      updateResults(this.#collections.deliveries, retries),
    ]);
    return new Set(fenced.flat());
  }

  async completeEntries(entryIds: readonly string[], token: string): Promise<void> {
    if (entryIds.length === 0) return;
    await this.#collections.events.updateMany(
      { _id: { $in: [...entryIds] }, lease: token },
      { $unset: { due: 1, lease: 1, batch: 1, owners: 1, gapSince: 1, lane: 1 } },
      { writeConcern: { w: 1 } },
    );
  }

  async renew(items: LeasedItems, leaseMs: number): Promise<void> {
    await this.#moveDue(items, { $set: { due: new Date(this.#clock.now() + leaseMs) } });
  }

  async release(items: LeasedItems): Promise<void> {
    await this.#moveDue(items, { $set: { due: new Date(this.#clock.now()) }, $unset: { lease: 1 } });
  }

  async #moveDue(items: LeasedItems, change: { $set: { due: Date }; $unset?: { lease: 1 } }): Promise<void> {
    const { events, deliveries } = this.#collections;
    const options = { writeConcern: { w: 1 } } as const;
    const leased = { lease: items.token, due: { $exists: true } };
    await Promise.all([
      items.entryIds.length === 0
        ? undefined
        : events.updateMany({ _id: { $in: [...items.entryIds] }, ...leased }, change, options),
      items.deliveryIds.length === 0
        ? undefined
        : deliveries.updateMany({ _id: { $in: [...items.deliveryIds] }, ...leased }, change, options),
    ]);
  }

  async releaseOwner(owner: string): Promise<number> {
    const now = new Date(this.#clock.now());
    const leased = { due: { $exists: true }, lease: { $regex: `^${owner}\\.` } };
    const change = { $set: { due: now }, $unset: { lease: 1 as const } };
    const [events, deliveries] = await Promise.all([
      this.#collections.events.updateMany(leased, change),
      this.#collections.deliveries.updateMany(leased, change),
    ]);
    return events.modifiedCount + deliveries.modifiedCount;
  }

  async nextDueAt(): Promise<number | undefined> {
    const options = { projection: { due: 1 }, sort: { due: 1 } } as const;
    const [event, delivery] = await Promise.all([
      this.#collections.events.findOne({ due: { $exists: true } }, options),
      this.#collections.deliveries.findOne({ due: { $exists: true } }, options),
    ]);
    const times = [event?.due?.getTime(), delivery?.due?.getTime()].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
