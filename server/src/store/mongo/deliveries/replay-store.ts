import type { Filter } from 'mongodb';
import type { Page, ReplayFilter } from '@tocsin/shared';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { ReplayStore } from '../../../domain/ports/bulk-stores.ts';
import type { PageRequest, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Replay } from '../../../domain/replay.ts';
import type { Collections } from '../documents/collections.ts';
import { toReplay, toReplayDoc, type DeliveryDoc, type ReplayDoc } from '../documents/delivery.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { pageFrom } from '../driver/page.ts';
import { toExclusion } from '../driver/visibility.ts';

export class MongoReplayStore implements ReplayStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async count(replay: Replay): Promise<number> {
    return await this.#collections.deliveries.countDocuments(toDeliveryQuery(replay));
  }

  async insert(replay: Replay): Promise<void> {
    await this.#collections.replays.insertOne(toReplayDoc(replay));
  }

  async get(id: string): Promise<Replay | undefined> {
    const doc = await this.#collections.replays.findOne({ _id: id });
    return doc ? toReplay(doc) : undefined;
  }

  async list(filter: VisibleOnly<ReplayFilter>, page: PageRequest): Promise<Page<Replay>> {
    const conditions = matchFilter<VisibleOnly<ReplayFilter>, Filter<ReplayDoc>>(replayMatches, filter);
    if (page.cursor !== undefined) conditions.push({ _id: { $lt: page.cursor } });
    const docs = await this.#collections.replays
      .find(conditions.length === 0 ? {} : { $and: conditions })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .toArray();
    return pageFrom(docs, page.limit, toReplay, (doc) => doc._id);
  }

  async cancel(id: string, at: number): Promise<boolean> {
    return await this.#end(id, 'cancelled', at);
  }

  async claimNext(
    afterAccountId: string | undefined,
    now: number,
    leaseMs: number,
  ): Promise<Replay | undefined> {
    const doc = await this.#collections.replays.findOneAndUpdate(
      { accountId: { $gt: afterAccountId ?? '' }, due: { $lte: new Date(now) }, status: 'running' },
      { $set: { due: new Date(now + leaseMs) } },
      { sort: { accountId: 1, due: 1 }, returnDocument: 'after' },
    );
    return doc ? toReplay(doc) : undefined;
  }

  async countRunning(accountId: string): Promise<number> {
    return await this.#collections.replays.countDocuments({ accountId, due: { $exists: true } });
  }

  async requeueSome(replay: Replay, now: number, limit: number, nextAt: number): Promise<number> {
    const { deliveries, replays } = this.#collections;
    const found = await deliveries
      .find(toDeliveryQuery(replay), { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    const last = found.at(-1);
    if (last !== undefined) {
      // Repeats the condition, so that two processes that run the same job requeue each delivery once.
      const result = await deliveries.updateMany(
        { ...toDeliveryQuery(replay), _id: { $in: found.map((doc) => doc._id) } },
        {
          $set: { status: 'pending', reason: 'awaiting_retry', due: new Date(now) },
          $unset: { finishedAt: 1 },
        },
      );
      await replays.updateOne(
        { _id: replay.id },
        { $inc: { done: result.modifiedCount }, $max: { lastDeliveryId: last._id } },
      );
    }
    if (found.length < limit) await this.#end(replay.id, 'done', now);
    else await this.#release(replay.id, nextAt);
    return found.length;
  }

  async #release(id: string, nextAt: number): Promise<void> {
    await this.#collections.replays.updateOne(
      { _id: id, status: 'running' },
      { $set: { due: new Date(nextAt) } },
    );
  }

  async #end(id: string, status: 'done' | 'cancelled', at: number): Promise<boolean> {
    const result = await this.#collections.replays.updateOne(
      { _id: id, status: 'running' },
      { $set: { status, finishedAt: new Date(at) }, $unset: { due: 1 } },
    );
    return result.modifiedCount === 1;
  }
}

/** One row per filter of `deliveries.replays`. */
const replayMatches = {
  webhookId: (webhookId) => ({ webhookId }),
  appId: (appId) => ({ appId }),
  accountId: (accountId) => ({ accountId }),
  excludedAppIds: toExclusion,
} satisfies FilterTable<VisibleOnly<ReplayFilter>, Filter<ReplayDoc>>;

function toDeliveryQuery(replay: Replay): Filter<DeliveryDoc> {
  const { lastDeliveryId } = replay;
  return {
    webhookId: replay.webhookId,
    _id: {
      ...(lastDeliveryId === undefined
        ? { $gte: lowestIdAt('dlv_', replay.since) }
        : { $gt: lastDeliveryId }),
      $lt: lowestIdAt('dlv_', replay.until),
    },
    status: replay.deliveryStatus,
    finishedAt: { $lt: new Date(replay.createdAt) },
    ...(replay.types === undefined ? {} : { type: { $in: [...replay.types] } }),
  };
}
