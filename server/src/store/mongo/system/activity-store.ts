import type { Document } from 'mongodb';
import type { ActivityCounts } from '../../../domain/activity.ts';
import type {
  ActivityBatch,
  ActivityEntry,
  ActivityStore,
  SavedBatch,
} from '../../../domain/ports/activity-store.ts';
import { isVisible, type Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toActivityCounts, type ActivityDoc, type AppCountsDoc } from '../documents/system.ts';
import { withHint } from '../driver/read-list.ts';

/** One document has the counts of several apps, so that many apps with few events each cost few writes. */
export class MongoActivityStore implements ActivityStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async save(batches: readonly ActivityBatch[]): Promise<void> {
    if (batches.length === 0) return;
    await this.#collections.activity.bulkWrite(
      batches.map((batch) => ({
        replaceOne: { filter: { _id: batch.id }, replacement: toDoc(batch), upsert: true },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }

  async read(visibility: Visibility, since: number): Promise<ActivityEntry[]> {
    const { accountId, appId } = visibility;
    const query = {
      at: { $gte: new Date(since) },
      ...(accountId === undefined ? {} : { accountId }),
      ...(appId === undefined ? {} : { appId }),
    };
    const docs = await withHint(toIndex(visibility), (options) =>
      this.#collections.activity
        .find(query, { ...options, projection: { ...countFields, apps: toVisibleApps(visibility) } })
        .toArray(),
    );
    return docs.flatMap(toEntries).filter((entry) => isVisible(visibility, entry));
  }

  async listSaved(since: number): Promise<SavedBatch[]> {
    const docs = await this.#collections.activity
      .find({ at: { $gte: new Date(since) } })
      .project<Pick<ActivityDoc, '_id' | 'savedAt' | 'apps'>>({
        savedAt: 1,
        'apps.appId': 1,
        'apps.accountId': 1,
      })
      .sort({ at: -1 })
      .hint('at_1')
      .limit(maxSaved)
      .toArray();
    return docs.map(({ _id, savedAt, apps = [] }) => ({
      id: _id,
      savedAt: savedAt?.getTime() ?? 0,
      apps: apps.map(({ appId, accountId }) => ({ appId, accountId })),
    }));
  }
}

/** Twenty apps in each. */
const maxSaved = 1_000;

const countFields = {
  at: 1,
  appId: 1,
  accountId: 1,
  accepted: 1,
  deliveries: 1,
  delivered: 1,
  failed: 1,
  cancelled: 1,
  attempts: 1,
  failedAttempts: 1,
  retried: 1,
  waiting: 1,
  latency: 1,
};

/** The apps of a document that are visible, so that mongod does not return the others. */
function toVisibleApps({ accountId, appId }: Visibility): Document | 1 {
  if (accountId === undefined && appId === undefined) return 1;
  const conditions = [
    ...(accountId === undefined ? [] : [{ $eq: ['$$app.accountId', { $literal: accountId }] }]),
    ...(appId === undefined ? [] : [{ $eq: ['$$app.appId', { $literal: appId }] }]),
  ];
  return { $filter: { input: '$apps', as: 'app', cond: { $and: conditions } } };
}

function toIndex({ accountId, appId }: Visibility): string {
  if (appId !== undefined) return 'by_app';
  return accountId === undefined ? 'at_1' : 'by_account';
}

/** Lists the apps and accounts, which the indexes contain. */
function toDoc({ at, savedAt, apps }: ActivityBatch): Omit<ActivityDoc, '_id'> {
  return {
    at: new Date(at),
    savedAt: new Date(savedAt),
    appId: apps.map((app) => app.appId),
    accountId: [...new Set(apps.map((app) => app.accountId))],
    apps: apps.map(({ appId, accountId, counts }) => ({ appId, accountId, ...toCountsDoc(counts) })),
  };
}

/**
 * Counts above 0. Most minutes of most apps have two or three. A minute with events says that they had no
 * deliveries, because documents of older releases do not say how many.
 */
function toCountsDoc({ latency, ...totals }: ActivityCounts): Omit<AppCountsDoc, 'appId' | 'accountId'> {
  const nonZero = (counts: readonly (readonly [string, number])[]) =>
    Object.fromEntries(counts.filter(([, count]) => count > 0));
  const classes = nonZero(latency.map((count, index) => [String(index), count] as const));
  return {
    ...(totals.accepted > 0 ? { deliveries: totals.deliveries } : {}),
    ...nonZero(Object.entries(totals)),
    ...(Object.keys(classes).length === 0 ? {} : { latency: classes }),
  };
}

function toEntries({ at, apps, appId, accountId, ...counts }: ActivityDoc): ActivityEntry[] {
  const ofOne = typeof appId === 'string' ? [{ appId, accountId: String(accountId), ...counts }] : [];
  return (apps ?? ofOne).map((app) => ({
    appId: app.appId,
    accountId: app.accountId,
    at: at.getTime(),
    counts: toActivityCounts(app),
  }));
}
