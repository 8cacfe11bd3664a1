import type {
  ClaimRequest,
  ClaimedBatch,
  ClaimedDelivery,
  DeliveryQueue,
  HeldClaims,
  DeliveryResult,
} from '../../../domain/ports/delivery-queue.ts';
import type { Clock } from '../../../domain/ports/runtime.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent } from '../documents/event.ts';
import { atMost, readBatches } from './outbox.ts';
import { setDeliveriesAside, sortOut } from './quarantine.ts';
import { insertResults } from './insert-results.ts';
import { updateResults } from './update-results.ts';

/**
 * The queue. A claim is three round trips for any number of items: read what is due, write a fresh token on those
 * that are still due, read what carries the token. Two processes may read the same ids; the write decides, since it
 * repeats the condition. DeliveryResult is one round trip per kind.
 *
 * Claims, closings and later recordings are w:1: a crash that undoes one leads to a second delivery, never to a lost
 * one. First recordings are not: see insert-recordings.ts.
 */
export class MongoDeliveryQueue implements DeliveryQueue {
  readonly #collections: Collections;
  readonly #clock: Clock;

  constructor(collections: Collections, clock: Clock) {
    this.#collections = collections;
    this.#clock = clock;
  }

  async claimBatches(request: ClaimRequest): Promise<ClaimedBatch[]> {
    const { events } = this.#collections;
    const now = new Date(this.#clock.now());
    const due = await events
      .find(
        { due: { $lte: now }, ...(request.except.length > 0 ? { lane: { $nin: [...request.except] } } : {}) },
        { projection: { batch: 1 }, hint: 'open_by_lane' },
      )
      .sort({ due: 1 })
      .limit(request.limit)
      .toArray();
    if (due.length === 0) return [];
    const ids = atMost(due, request.limit).map((doc) => doc._id);
    const until = new Date(now.getTime() + request.leaseMs);
    await events.updateMany(
      { _id: { $in: ids }, due: { $lte: now } },
      { $set: { due: until, lease: request.token } },
      { writeConcern: { w: 1 } },
    );
    const claimed = await events
      .find({ _id: { $in: ids }, lease: request.token }, { projection: { batch: 1, gapSince: 1 } })
      .toArray();
    return await readBatches(this.#collections, claimed, now);
  }

  async claimDeliveries(request: ClaimRequest): Promise<ClaimedDelivery[]> {
    const { events, deliveries } = this.#collections;
    const now = new Date(this.#clock.now());
    const due = await deliveries
      .find(
        {
          due: { $lte: now },
          ...(request.except.length > 0 ? { webhookId: { $nin: [...request.except] } } : {}),
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
    const { sound, poisoned } = sortOut(claimed, (doc): ClaimedDelivery => {
      const event = byId.get(doc.eventId);
      if (event === undefined) throw new Error('its event is gone');
      return {
        deliveryId: doc._id,
        webhookId: doc.webhookId,
        event: toEvent(event),
        attemptCount: doc.attemptCount,
        createdAt: doc.at.getTime(),
        held: 'delivery',
        token: request.token,
      };
    });
    if (poisoned.length > 0) await setDeliveriesAside(deliveries, poisoned, now);
    return sound;
  }

  async record(recordings: readonly DeliveryResult[]): Promise<ReadonlySet<string>> {
    const firsts = recordings.filter((recording) => recording.delivery.held === 'batch');
    const later = recordings.filter((recording) => recording.delivery.held === 'delivery');
    const fenced = await Promise.all([
      insertResults(this.#collections.deliveries, firsts),
      updateResults(this.#collections.deliveries, later),
    ]);
    return new Set(fenced.flat());
  }

  async closeBatches(batchIds: readonly string[], token: string): Promise<void> {
    if (batchIds.length === 0) return;
    await this.#collections.events.updateMany(
      { _id: { $in: [...batchIds] }, lease: token },
      { $unset: { due: 1, lease: 1, batch: 1, gapSince: 1, lane: 1 } },
      { writeConcern: { w: 1 } },
    );
  }

  async renew(claims: HeldClaims, leaseMs: number): Promise<void> {
    await this.#moveDue(claims, { $set: { due: new Date(this.#clock.now() + leaseMs) } });
  }

  async release(claims: HeldClaims): Promise<void> {
    await this.#moveDue(claims, { $set: { due: new Date(this.#clock.now()) }, $unset: { lease: 1 } });
  }

  async #moveDue(claims: HeldClaims, change: { $set: { due: Date }; $unset?: { lease: 1 } }): Promise<void> {
    const { events, deliveries } = this.#collections;
    const options = { writeConcern: { w: 1 } } as const;
    const held = { lease: claims.token, due: { $exists: true } };
    await Promise.all([
      claims.batchIds.length === 0
        ? undefined
        : events.updateMany({ _id: { $in: [...claims.batchIds] }, ...held }, change, options),
      claims.deliveryIds.length === 0
        ? undefined
        : deliveries.updateMany({ _id: { $in: [...claims.deliveryIds] }, ...held }, change, options),
    ]);
  }

  async releaseOwner(owner: string): Promise<number> {
    const now = new Date(this.#clock.now());
    const held = { due: { $exists: true }, lease: { $regex: `^${owner}\\.` } };
    const change = { $set: { due: now }, $unset: { lease: 1 as const } };
    const [events, deliveries] = await Promise.all([
      this.#collections.events.updateMany(held, change),
      this.#collections.deliveries.updateMany(held, change),
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
