import type { Filter } from 'mongodb';
import type { Page, ReplayFilter } from '@tocsin/shared';
import { lowestIdAt } from '../../../domain/ids.ts';
import { toPartition } from '../../../domain/partition.ts';
import type { ReplayStore } from '../../../domain/ports/bulk-stores.ts';
import type { PageRequest, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Replay } from '../../../domain/replay.ts';
import type { Collections } from '../documents/collections.ts';
import { hasRoom, type AccountRoom } from '../accounts/account-room.ts';
import { toReplay, toReplayDoc, type DeliveryDoc, type ReplayDoc } from '../documents/delivery.ts';
import { planList, type ListIndex } from '../driver/list-plan.ts';
import type { FilterTable } from '../driver/match-filter.ts';
import { continueAt, pageFrom } from '../driver/page.ts';
import { boundedScan, readList, withHint } from '../driver/read-list.ts';
import { toExclusion } from '../driver/visibility.ts';

/** Deliveries that one count examines. */
const maxCounted = 100_000;

export class MongoReplayStore implements ReplayStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async count(replay: Replay): Promise<number> {
    const { finishedAt, type, ...indexed } = toDeliveryQuery(replay);
    const remaining = { finishedAt, ...(type === undefined ? {} : { type }) };
    const [found] = await withHint('by_webhook_status', (options) =>
      this.#collections.deliveries
        .aggregate<{ count: number }>(
          [{ $match: indexed }, { $limit: maxCounted }, { $match: remaining }, { $count: 'count' }],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    return found?.count ?? 0;
  }

  async insert(replay: Replay, accountLimit?: number): Promise<'inserted' | 'account_limit_reached'> {
    const { replays } = this.#collections;
    const { accountId } = replay;
    const room: AccountRoom = {
      accountId,
      limit: accountLimit,
      count: (limit, session) => replays.countDocuments({ accountId, status: 'running' }, { limit, session }),
    };
    return await replays.db.client.withSession((session) =>
      session.withTransaction(async () => {
        if (!(await hasRoom(this.#collections, room, session))) return 'account_limit_reached' as const;
        await replays.insertOne(toReplayDoc(replay), { session });
        return 'inserted' as const;
      }),
    );
  }

  async get(id: string): Promise<Replay | undefined> {
    const doc = await this.#collections.replays.findOne({ _id: id });
    return doc ? toReplay(doc) : undefined;
  }

  async list(filter: VisibleOnly<ReplayFilter>, page: PageRequest): Promise<Page<Replay>> {
    const plan = planList(replayMatches, replayIndexes, filter);
    const { docs, examinedTo } = await readList(this.#collections.replays, plan, page);
    return continueAt(
      pageFrom(docs, page.limit, toReplay, (doc) => doc._id),
      examinedTo,
    );
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
          $set: {
            status: 'pending',
            reason: 'awaiting_retry',
            partition: toPartition(replay.webhookId),
            nextAt: new Date(now),
          },
          $unset: { finishedAt: 1 },
          $inc: { rev: 1 },
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

const replayIndexes: readonly ListIndex<VisibleOnly<ReplayFilter>>[] = [
  { hint: 'by_webhook', needs: ['webhookId'], answers: ['webhookId'] },
  { hint: 'by_app', needs: ['appId'], answers: ['appId'] },
  { hint: 'by_account', needs: ['accountId'], answers: ['accountId'] },
  { hint: '_id_', answers: [] },
];

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
