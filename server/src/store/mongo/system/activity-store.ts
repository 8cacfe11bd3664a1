import type { ActivityCounts } from '../../../domain/activity.ts';
import type { ActivityEntry, ActivityStore } from '../../../domain/ports/activity-store.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toActivityCounts } from '../documents/system.ts';
import { withHint } from '../driver/read-list.ts';
import { toVisibilityQuery } from '../driver/visibility.ts';

export class MongoActivityStore implements ActivityStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async add(entries: readonly ActivityEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#collections.activity.bulkWrite(
      entries.map(({ appId, accountId, at, counts }) => ({
        updateOne: {
          filter: { _id: `${appId}:${at}` },
          update: { $setOnInsert: { appId, accountId, at: new Date(at) }, $inc: toIncrements(counts) },
          upsert: true,
        },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }

  async read(visibility: Visibility, since: number): Promise<ActivityEntry[]> {
    const query = { at: { $gte: new Date(since) }, ...toVisibilityQuery(visibility) };
    const docs = await withHint(toIndex(visibility), (options) =>
      this.#collections.activity.find(query, options).toArray(),
    );
    return docs.map((doc) => ({
      appId: doc.appId,
      accountId: doc.accountId,
      at: doc.at.getTime(),
      counts: toActivityCounts(doc),
    }));
  }
}

function toIndex({ accountId, appId }: Visibility): string {
  if (appId !== undefined) return 'by_app';
  return accountId === undefined ? 'at_1' : 'by_account';
}

/** Increments of the counts above 0. Most minutes of most apps have two or three. */
function toIncrements(counts: ActivityCounts): Record<string, number> {
  const { latency, ...totals } = counts;
  const fields: [string, number][] = [
    ...Object.entries(totals),
    ...latency.map((count, index): [string, number] => [`latency.${index}`, count]),
  ];
  return Object.fromEntries(fields.filter(([, count]) => count > 0));
}
