import type { Filter, UpdateFilter } from 'mongodb';
import type { Page, ReplayFilter } from '@tocsin/shared';
import { lowestIdAt } from '../../../domain/ids.ts';
import { toPartition } from '../../../domain/partition.ts';
import type { ClaimedReplay, ReplayClaim, ReplayStore } from '../../../domain/ports/bulk-stores.ts';
import type { PageRequest, VisibleOnly } from '../../../domain/ports/page-request.ts';
import type { Replay } from '../../../domain/replay.ts';
import { listDeliverable } from '../../../domain/webhook.ts';
import type { Collections } from '../documents/collections.ts';
import { hasRoom, type AccountRoom } from '../accounts/account-room.ts';
import { toReplay, toReplayDoc, type DeliveryDoc, type ReplayDoc } from '../documents/delivery.ts';
import type { WebhookDoc } from '../documents/webhook.ts';
import { inTransaction } from '../driver/in-transaction.ts';
import { planList, type ListIndex } from '../driver/list-plan.ts';
import type { FilterTable } from '../driver/match-filter.ts';
import { continueAt, pageFrom } from '../driver/page.ts';
import { boundedScan, readList, withHint } from '../driver/read-list.ts';
import { toTypeValues } from '../driver/type-condition.ts';
import { toExclusion } from '../driver/visibility.ts';
import { MongoRateBudgetStore } from '../limits/rate-budget-store.ts';

/** Deliveries that one count examines. */
const maxCounted = 100_000;

/** Deliveries that one batch examines. */
const maxExaminedByBatch = 10_000;

/** Replays that an account keeps. Beyond them, each new one removes up to `maxTrimmed` of the oldest. */
const maxKept = 1_000;
const maxTrimmed = 100;

/** Answers the webhook, the status and the times. */
const listIndex = 'by_webhook_status';

interface ReplayBatch {
  readonly ids: readonly string[];
  /** Where the next batch continues. Undefined: there are no more deliveries. */
  readonly lastExamined: string | undefined;
}

export class MongoReplayStore implements ReplayStore {
  readonly #collections: Collections;
  readonly #budgets: MongoRateBudgetStore;

  constructor(collections: Collections) {
    this.#collections = collections;
    this.#budgets = new MongoRateBudgetStore(collections);
  }

  async count(replay: Replay): Promise<number> {
    const { indexed, remaining } = toConditions(replay);
    const [found] = await withHint(listIndex, (options) =>
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
    const inserted = await inTransaction(replays.db.client, async (session) => {
      if (!(await hasRoom(this.#collections, room, session))) return 'account_limit_reached' as const;
      await replays.insertOne(toReplayDoc(replay), { session });
      return 'inserted' as const;
    });
    if (inserted === 'inserted') await this.#trim(accountId);
    return inserted;
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
    const result = await this.#collections.replays.updateOne(
      { _id: id, status: 'running' },
      toEnded('cancelled', at),
    );
    return result.modifiedCount === 1;
  }

  async claimNext({ afterAccountId, now, leaseMs, pace }: ReplayClaim): Promise<ClaimedReplay | undefined> {
    const { replays } = this.#collections;
    const isClaimable = { due: { $lte: new Date(now) }, status: 'running' as const };
    for (let after = afterAccountId ?? ''; ;) {
      const next = await replays.findOne(
        { accountId: { $gt: after }, ...isClaimable },
        { sort: { accountId: 1, due: 1 }, projection: { accountId: 1 } },
      );
      if (next === null) return undefined;
      const { accountId } = next;
      after = accountId;
      const id = `replays:${accountId}`;
      const { granted } = await this.#budgets.lease({ id, limit: pace, want: pace.burst, spent: 0, now });
      if (granted === 0) continue;
      const doc = await replays.findOneAndUpdate(
        { accountId, ...isClaimable },
        { $set: { due: new Date(now + leaseMs) }, $inc: { epoch: 1 } },
        { sort: { due: 1 }, returnDocument: 'after' },
      );
      if (doc !== null) return { ...toReplay(doc), epoch: doc.epoch ?? 0, limit: granted };
    }
  }

  async countRunning(accountId: string): Promise<number> {
    return await this.#collections.replays.countDocuments({ accountId, due: { $exists: true } });
  }

  async requeueSome(replay: ClaimedReplay, now: number): Promise<number> {
    const batch = await this.#findBatch(replay);
    const { replays, webhooks, deliveries } = this.#collections;
    const isHeld = { _id: replay.id, epoch: replay.epoch, status: 'running' as const };
    return await inTransaction(replays.db.client, async (session) => {
      const webhook = await webhooks.findOne(
        { _id: replay.webhookId },
        { projection: { events: 1, keptEvents: 1 }, session },
      );
      if (webhook === null) {
        await replays.updateOne(isHeld, toEnded('cancelled', now), { session });
        return 0;
      }
      // Repeats the condition, to skip deliveries that were sent again between the read and the write, and
      // skips the types that were taken off the webhook after the replay began.
      const { modifiedCount } = await deliveries.updateMany(
        { $and: [toDeliveryQuery(replay), { _id: { $in: batch.ids } }, toTakenTypes(webhook)] },
        toRequeued(replay.webhookId, now),
        { session, hint: '_id_' },
      );
      // The write to the job is the fence: it conflicts with a cancellation and with another claim.
      const { matchedCount } = await replays.updateOne(
        isHeld,
        toProgress(modifiedCount, batch.lastExamined, now),
        { session },
      );
      if (matchedCount === 1) return modifiedCount;
      await session.abortTransaction();
      return 0;
    });
  }

  /** Finds the deliveries of the next batch. Examines a bounded number, of which few may match. */
  async #findBatch(replay: ClaimedReplay): Promise<ReplayBatch> {
    const { deliveries, events } = this.#collections;
    const { indexed, remaining } = toConditions(replay);
    const sort = { _id: 1 } as const;
    const [end] = await withHint(listIndex, (options) =>
      deliveries
        .aggregate<{ _id: string }>(
          [
            { $match: indexed },
            { $sort: sort },
            { $limit: maxExaminedByBatch },
            { $skip: maxExaminedByBatch - 1 },
            { $project: { _id: 1 } },
          ],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    const window = end === undefined ? [] : [{ _id: { $lte: end._id } }];
    const found = await withHint(listIndex, (options) =>
      deliveries
        .aggregate<Pick<DeliveryDoc, '_id' | 'eventId'>>(
          [
            { $match: { $and: [indexed, ...window] } },
            { $sort: sort },
            { $limit: maxExaminedByBatch },
            { $match: remaining },
            { $limit: replay.limit },
            { $project: { eventId: 1 } },
          ],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    const eventIds = [...new Set(found.map(({ eventId }) => eventId))];
    const existing = await events.find({ _id: { $in: eventIds } }, { projection: { _id: 1 } }).toArray();
    const present = new Set(existing.map((doc) => doc._id));
    return {
      ids: found.filter(({ eventId }) => present.has(eventId)).map((doc) => doc._id),
      lastExamined: found.length < replay.limit ? end?._id : found.at(-1)?._id,
    };
  }

  async cancelForWebhook({ id, accountId }: { id: string; accountId: string }, at: number): Promise<void> {
    await withHint('running_by_account', (options) =>
      this.#collections.replays.updateMany(
        { accountId, webhookId: id, status: 'running' },
        toEnded('cancelled', at),
        options,
      ),
    );
  }

  async restoreDelivered(
    webhookId: string,
    after: string | undefined,
    limit: number,
  ): Promise<string | undefined> {
    const { deliveries } = this.#collections;
    const waiting = await withHint(listIndex, (options) =>
      deliveries
        .find(
          { webhookId, status: 'pending', _id: { $gt: after ?? '' } },
          { ...options, projection: { 'attempts.at': 1, 'attempts.ms': 1, 'attempts.reason': 1 } },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    );
    const restored = waiting.flatMap(({ _id, attempts }) => {
      const success = attempts.findLast((attempt) => attempt.reason === undefined);
      return success === undefined ? [] : [{ _id, finishedAt: success.at.getTime() + success.ms }];
    });
    if (restored.length > 0) {
      await deliveries.bulkWrite(
        restored.map(({ _id, finishedAt }) => ({
          updateOne: { filter: { _id, status: 'pending' }, update: toRestored(finishedAt) },
        })),
        { ordered: false },
      );
    }
    return waiting.length < limit ? undefined : waiting.at(-1)?._id;
  }

  /** Removes some of the oldest finished replays of an account that has more than the newest ones. */
  async #trim(accountId: string): Promise<void> {
    const { replays } = this.#collections;
    const old = await withHint('by_account', (options) =>
      replays
        .find({ accountId }, { ...options, comment: boundedScan, projection: { _id: 1 } })
        .sort({ _id: -1 })
        .skip(maxKept)
        .limit(maxTrimmed)
        .toArray(),
    );
    if (old.length === 0) return;
    await replays.deleteMany({ _id: { $in: old.map((doc) => doc._id) }, status: { $ne: 'running' } });
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

/** What the index answers, and what only the documents do. */
function toConditions(replay: Replay): {
  readonly indexed: Filter<DeliveryDoc>;
  readonly remaining: Filter<DeliveryDoc>;
} {
  const { webhookId, deliveryStatus, lastDeliveryId, types } = replay;
  const from =
    lastDeliveryId === undefined ? { $gte: lowestIdAt('dlv_', replay.since) } : { $gt: lastDeliveryId };
  return {
    indexed: {
      webhookId,
      status: deliveryStatus,
      _id: { ...from, $lt: lowestIdAt('dlv_', replay.until) },
    },
    remaining: {
      finishedAt: { $lt: new Date(replay.createdAt) },
      ...(types === undefined ? {} : { type: { $in: toTypeValues(types) } }),
    },
  };
}

function toDeliveryQuery(replay: Replay): Filter<DeliveryDoc> {
  const { indexed, remaining } = toConditions(replay);
  return { $and: [indexed, remaining] };
}

/** The types that a webhook takes now. Deliveries of others would end as cancelled. */
function toTakenTypes({
  events,
  keptEvents = [],
}: Pick<WebhookDoc, 'events' | 'keptEvents'>): Filter<DeliveryDoc> {
  return { type: { $in: toTypeValues(listDeliverable({ events, keptEvents })) } };
}

/** The change of a delivery that waits again. */
function toRequeued(webhookId: string, now: number): UpdateFilter<DeliveryDoc> {
  return {
    $set: {
      status: 'pending',
      reason: 'awaiting_retry',
      partition: toPartition(webhookId),
      nextAt: new Date(now),
    },
    $unset: { finishedAt: 1 },
    $inc: { rev: 1 },
  };
}

/** The change of a delivery that waits again and is delivered after all. */
function toRestored(finishedAt: number): UpdateFilter<DeliveryDoc> {
  return {
    $set: { status: 'delivered', finishedAt: new Date(finishedAt) },
    $unset: { reason: 1, partition: 1, nextAt: 1 },
    $inc: { rev: 1 },
  };
}

/** The change of a job after a batch. Undefined `lastExamined`: there are no more deliveries. */
function toProgress(count: number, lastExamined: string | undefined, now: number): UpdateFilter<ReplayDoc> {
  if (lastExamined === undefined) return { ...toEnded('done', now), $inc: { done: count } };
  return { $set: { due: new Date(now), lastDeliveryId: lastExamined }, $inc: { done: count } };
}

function toEnded(status: 'done' | 'cancelled', at: number) {
  return { $set: { status, finishedAt: new Date(at) }, $unset: { due: 1 as const } };
}
