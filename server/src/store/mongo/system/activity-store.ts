import { noActivity, type ActivityCounts } from '../../../domain/activity.ts';
import type { ActivityEntry, ActivityStore } from '../../../domain/ports/activity-store.ts';
import type { Collections } from '../documents/collections.ts';
import type { ActivityDoc } from '../documents/system.ts';

export class MongoActivityStore implements ActivityStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async add(entries: readonly ActivityEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#collections.activity.bulkWrite(
      entries.map(({ appId, at, counts }) => ({
        updateOne: {
          filter: { _id: `${appId}:${at}` },
          update: { $setOnInsert: { appId, at: new Date(at) }, $inc: toIncrements(counts) },
          upsert: true,
        },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }

  async read(appIds: readonly string[] | undefined, since: number): Promise<ActivityEntry[]> {
    const docs = await this.#collections.activity
      .find({
        at: { $gte: new Date(since) },
        ...(appIds === undefined ? {} : { appId: { $in: [...appIds] } }),
      })
      .toArray();
    return docs.map((doc) => ({ appId: doc.appId, at: doc.at.getTime(), counts: toCounts(doc) }));
  }
}

/** Only what happened: most minutes of most apps fill two or three of the fields. */
function toIncrements(counts: ActivityCounts): Record<string, number> {
  const { latency, ...totals } = counts;
  const fields: [string, number][] = [
    ...Object.entries(totals),
    ...latency.map((count, index): [string, number] => [`latency.${index}`, count]),
  ];
  return Object.fromEntries(fields.filter(([, count]) => count > 0));
}

function toCounts(doc: ActivityDoc): ActivityCounts {
  const counts = noActivity();
  counts.accepted = doc.accepted ?? 0;
  counts.delivered = doc.delivered ?? 0;
  counts.failed = doc.failed ?? 0;
  counts.cancelled = doc.cancelled ?? 0;
  for (const [index, count] of Object.entries(doc.latency ?? {})) counts.latency[Number(index)] = count;
  return counts;
}
