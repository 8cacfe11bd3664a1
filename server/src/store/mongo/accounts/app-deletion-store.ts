import type { Filter } from 'mongodb';
import type { ErasedCounts, Page } from '@tocsin/shared';
import type { AppDeletion } from '../../../domain/app-deletion.ts';
import type { AccountFilter } from '../../../domain/ports/access-stores.ts';
import type {
  AppDeletionStore,
  ClaimedDeletion,
  EraseStep,
  ReleaseChange,
  StartedDeletion,
} from '../../../domain/ports/app-deletion-store.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import { toAppDeletion, type AppDeletionDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { pageFrom } from '../driver/page.ts';
import { withHint } from '../driver/read-list.ts';
import { ConfigChanges } from '../changes/config-changes.ts';
import { toLimitGroup } from '../webhooks/webhook-store.ts';
import { blankOutboxEvents, deleteBatch, deleteFeed, deleteUncounted, findBatch } from './erase-objects.ts';
import { toPageFilter } from './page-filter.ts';

const nothing: ErasedCounts = { webhooks: 0, events: 0, deliveries: 0, replays: 0 };

export class MongoAppDeletionStore implements AppDeletionStore {
  readonly #collections: Collections;
  readonly #changes: ConfigChanges;

  /** @param changes - those of this process, which take turns. @default its own */
  constructor(collections: Collections, changes = new ConfigChanges(collections)) {
    this.#collections = collections;
    this.#changes = changes;
  }

  async start(
    { id, appId, createdAt }: Pick<AppDeletion, 'id' | 'appId' | 'createdAt'>,
    maxRunning: number,
  ): Promise<StartedDeletion | 'missing' | 'limit_reached'> {
    const { apps, appDeletions, webhooks, webhookCounts, idempotentCalls } = this.#collections;
    type Result = StartedDeletion | 'missing' | 'limit_reached';
    const nothing = (result: Result) => ({ result, change: undefined });
    const started = await this.#changes.run<Result>(async (session) => {
      const app = await apps.findOneAndDelete({ _id: appId }, { session });
      if (app === null) return nothing('missing');
      const { accountId } = app;
      const running = await appDeletions.countDocuments({ accountId, status: 'running' }, { session });
      if (running >= maxRunning) {
        await session.abortTransaction();
        return nothing('limit_reached');
      }
      const found = await webhooks.find({ appId }, { projection: { _id: 1 }, session }).toArray();
      const webhookIds = found.map((doc) => doc._id);
      await webhooks.deleteMany({ appId }, { session });
      await webhookCounts.deleteMany({ _id: { $in: toLimitGroups(appId) } }, { session });
      const at = new Date(createdAt);
      const erased = { webhooks: webhookIds.length, events: 0, deliveries: 0, replays: 0 };
      const doc: AppDeletionDoc = {
        _id: id,
        appId,
        accountId,
        status: 'running',
        erased,
        createdAt: at,
        webhookIds,
        due: at,
      };
      await appDeletions.insertOne(doc, { session });
      return { result: { accountId, webhookIds }, change: { collection: 'apps', id: appId, appId } };
    });
    // Their responses can have secrets of the app. The erasure removes what is left if this fails.
    if (typeof started === 'object') await idempotentCalls.deleteMany({ appId }).catch(() => undefined);
    return started;
  }

  async findErasing(accountId: string | undefined): Promise<string[]> {
    // Without the hint, a query without an account reads the tombstones of all apps.
    const docs = await withHint('running', (options) =>
      this.#collections.appDeletions
        .find(
          { status: 'running', ...(accountId === undefined ? {} : { accountId }) },
          { ...options, projection: { _id: 0, appId: 1 } },
        )
        .toArray(),
    );
    return docs.map((doc) => doc.appId);
  }

  async list(filter: AccountFilter, { cursor, limit }: PageRequest): Promise<Page<AppDeletion>> {
    const docs = await this.#collections.appDeletions
      .find(toPageFilter(filter, cursor))
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toAppDeletion, (doc) => doc._id);
  }

  async claim(now: number, leaseMs: number, token: string): Promise<ClaimedDeletion | undefined> {
    const { appDeletions } = this.#collections;
    const [account] = await appDeletions
      .aggregate<{ _id: string }>([
        { $match: { due: { $exists: true } } },
        { $group: { _id: '$accountId', due: { $min: '$due' }, turnAt: { $max: '$turnAt' } } },
        { $match: { due: { $lte: new Date(now) } } },
        { $sort: { turnAt: 1, _id: 1 } },
        { $limit: 1 },
      ])
      .toArray();
    if (account === undefined) return undefined;
    const doc = await appDeletions.findOneAndUpdate(
      { accountId: account._id, due: { $lte: new Date(now) } },
      { $set: { due: new Date(now + leaseMs), turnAt: new Date(now), lease: token } },
      { sort: { due: 1 }, returnDocument: 'after' },
    );
    return doc === null
      ? undefined
      : { deletion: toAppDeletion(doc), token, emptySince: doc.emptySince?.getTime() };
  }

  /**
   * Stores the ids of a batch before it is deleted and counts them afterwards, so that a process that takes
   * over counts each object once. A transaction would do the same, but one of a killed process would lock the
   * deletion for a minute.
   */
  async eraseSome(
    { deletion: { id, appId }, token }: ClaimedDeletion,
    limit: number,
    leaseUntil: number,
  ): Promise<EraseStep | undefined> {
    const { appDeletions } = this.#collections;
    const held: Filter<AppDeletionDoc> = { _id: id, lease: token };
    const doc = await appDeletions.findOneAndUpdate(held, { $set: { due: new Date(leaseUntil) } });
    if (doc === null) return undefined;
    const batch = doc.batch ?? (await findBatch(this.#collections, appId, limit));
    if (batch === undefined) {
      const { webhookIds } = doc;
      await deleteUncounted(this.#collections, appId, { webhookIds, limitGroups: toLimitGroups(appId) });
      const hasSlices = await deleteFeed(this.#collections, appId, limit);
      const hasEvents = await blankOutboxEvents(this.#collections, appId, limit);
      return { erased: nothing, isMore: hasSlices || hasEvents };
    }
    const stored = await appDeletions.updateOne(held, { $set: { batch } });
    if (stored.matchedCount === 0) return undefined;
    await deleteBatch(this.#collections, batch);
    const count = batch.ids.length;
    const counted = await appDeletions.updateOne(held, {
      $inc: { [`erased.${batch.kind}`]: count },
      $unset: { batch: 1 },
    });
    if (counted.matchedCount === 0) return undefined;
    return { erased: { ...nothing, [batch.kind]: count }, isMore: true };
  }

  async release(
    { deletion, token }: ClaimedDeletion,
    { due, emptySince, finishedAt }: ReleaseChange,
  ): Promise<void> {
    await this.#collections.appDeletions.updateOne(
      { _id: deletion.id, lease: token },
      {
        $set: {
          ...(due === undefined ? {} : { due: new Date(due) }),
          ...(emptySince === undefined ? {} : { emptySince: new Date(emptySince) }),
          ...(finishedAt === undefined ? {} : { status: 'done' as const, finishedAt: new Date(finishedAt) }),
        },
        $unset: {
          lease: 1,
          ...(due === undefined ? { due: 1, turnAt: 1 } : {}),
          ...(emptySince === undefined ? { emptySince: 1 } : {}),
        },
      },
    );
  }
}

function toLimitGroups(appId: string): string[] {
  return [toLimitGroup({ appId, mount: 'authforge' }), toLimitGroup({ appId, mount: null })];
}
