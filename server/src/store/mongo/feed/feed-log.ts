import { Timestamp, type Filter, type UpdateFilter } from 'mongodb';
import type { ClusterTime } from '../../../domain/feed-position.ts';
import { lowestIdAt, timeFromId } from '../../../domain/ids.ts';
import type { FeedEvent, FeedFilter } from '../../../domain/ports/event-feed.ts';
import type {
  FeedEntry,
  FeedIdQuery,
  FeedLog,
  FeedLogClaim,
  FeedLogStart,
  FeedLogState,
  FeedRange,
  FeedScope,
  FeedSliceKey,
  FeedSlices,
} from '../../../domain/ports/feed-log.ts';
import type { Collections } from '../documents/collections.ts';
import { notTombstone, toEvent, type EventDoc } from '../documents/event.ts';
import { feedLogId, type FeedLogDoc, type FeedSliceDoc } from '../documents/feed.ts';
import { insertDocuments } from '../driver/insert-documents.ts';
import { storeLimits } from '../driver/time-limits.ts';
import { toTypeValues } from '../driver/type-condition.ts';
import { readSlices } from './read-slices.ts';

const majority = { readConcern: { level: 'majority' } } as const;

/** The fields of an event that an entry has. */
const entryFields = { appId: 1, accountId: 1, type: 1 } as const;
type EntryDoc = Pick<EventDoc, '_id' | 'appId' | 'accountId' | 'type'>;

/** The fields of an event that readers see. */
const contentFields = { appId: 1, accountId: 1, type: 1, timestamp: 1, data: 1, at: 1 } as const;

/** Types whose index ranges mongod merges in the order of the ids. With more, it would sort all their events. */
const maxRanges = 200;

/**
 * The log of the feed: slices in `feed_slices`, and one document with its state. A slice is written before
 * `completeTo` passes it, so readers see no gap.
 */
export class MongoFeedLog implements FeedLog {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async find(): Promise<FeedLogState | undefined> {
    const doc = await this.#collections.feedLog.findOne({ _id: feedLogId }, majority);
    return doc === null ? undefined : toState(doc);
  }

  async use(now: number): Promise<void> {
    await this.#collections.feedLog.updateOne(
      { _id: feedLogId },
      { $max: { usedAt: new Date(now) } },
      { upsert: true },
    );
  }

  async isWanted(): Promise<boolean> {
    const doc = await this.#collections.feedLog.findOne(
      { _id: feedLogId, usedAt: { $exists: true } },
      { projection: { _id: 1 } },
    );
    return doc !== null;
  }

  async claim(token: string, now: number, leaseMs: number): Promise<FeedLogClaim | undefined> {
    const doc = await this.#collections.feedLog.findOneAndUpdate(
      {
        _id: feedLogId,
        usedAt: { $exists: true },
        // The second condition: a release leaves no lease.
        $or: [{ leaseUntil: { $lte: new Date(now) } }, { leaseUntil: { $exists: false } }],
      },
      { $set: { token, leaseUntil: new Date(now + leaseMs) } },
      { returnDocument: 'after' },
    );
    if (doc === null) return undefined;
    return {
      token,
      state: toState(doc),
      nextEra: (doc.era ?? 0) + 1,
      usedAt: doc.usedAt?.getTime() ?? now,
    };
  }

  async renew(token: string, leaseUntil: number, completeTo?: string): Promise<boolean> {
    const done = completeTo === undefined ? {} : { $max: { completeTo } };
    return await this.#change(token, { $set: { leaseUntil: new Date(leaseUntil) }, ...done });
  }

  async release(token: string): Promise<void> {
    await this.#change(token, { $unset: { token: 1, leaseUntil: 1 } });
  }

  async end(token: string): Promise<void> {
    await this.#change(token, {
      $unset: { usedAt: 1, token: 1, leaseUntil: 1, firstId: 1, completeTo: 1, eras: 1 },
    });
  }

  async begin(token: string, { firstId, era }: FeedLogStart): Promise<boolean> {
    return await this.#change(token, {
      $set: { firstId, completeTo: era.from, era: era.era },
      $push: { eras: { $each: [era], $slice: -maxEras } },
    });
  }

  /** Changes the state if the token is still that of the claim. */
  async #change(token: string, update: UpdateFilter<FeedLogDoc>): Promise<boolean> {
    const result = await this.#collections.feedLog.updateOne({ _id: feedLogId, token }, update);
    return result.matchedCount === 1;
  }

  async getClusterTime(): Promise<ClusterTime> {
    const { db } = this.#collections.feedLog;
    const reply = await db.command({ ping: 1, maxTimeMS: storeLimits.read });
    // `as`: mongod adds it to every response of a replica set.
    const time = reply['operationTime'] as Timestamp;
    return { seconds: time.t, increment: time.i };
  }

  async listAt(query: FeedIdQuery, at: ClusterTime | undefined): Promise<readonly FeedEntry[]> {
    const { events } = this.#collections;
    const snapshot = at && {
      level: 'snapshot',
      atClusterTime: new Timestamp({ t: at.seconds, i: at.increment }),
    };
    const reply = await events.db.command({
      find: events.collectionName,
      filter: { _id: toIdRange(query), ...notTombstone },
      projection: entryFields,
      sort: { _id: 1 },
      limit: query.limit,
      batchSize: query.limit,
      singleBatch: true,
      readConcern: snapshot ?? majority.readConcern,
      maxTimeMS: storeLimits.read,
    });
    // `as`: the reply of a find command.
    const { firstBatch } = reply['cursor'] as { readonly firstBatch: readonly EntryDoc[] };
    return firstBatch.map(toEntry);
  }

  async listRecorded(since: number, to: string): Promise<ReadonlySet<string>> {
    const recorded = new Set<string>();
    const projection = { ids: 1, positions: { $slice: -1 } };
    const slices = this.#collections.feedSlices.find(
      { at: { $gte: new Date(since) } },
      { projection, ...majority },
    );
    for await (const { ids, positions } of slices) {
      if ((positions[0] ?? '') <= to) for (const id of ids) recorded.add(id);
    }
    return recorded;
  }

  /** One document for each app. A slice that another process has written already is the same. */
  async append(entries: readonly FeedEntry[], key: FeedSliceKey): Promise<void> {
    const byApp = new Map<string, FeedSliceDoc>();
    for (const entry of entries) {
      const slice = byApp.get(entry.appId) ?? toEmptySlice(entry, key);
      slice._id = `${entry.appId} ${entry.position}`;
      slice.ids.push(entry.id);
      slice.types.push(entry.type);
      slice.positions.push(entry.position);
      slice.at = new Date(Math.max(slice.at.getTime(), timeFromId(entry.id)));
      byApp.set(entry.appId, slice);
    }
    if (byApp.size === 0) return;
    await insertDocuments(this.#collections.feedSlices, [...byApp.values()], { ordered: false });
  }

  async readSlices(scope: FeedScope, range: FeedRange, limit: number): Promise<FeedSlices> {
    return await readSlices(this.#collections, scope, range, limit);
  }

  async listIds({ appId, accountId, types }: FeedFilter, range: FeedIdQuery): Promise<readonly FeedEntry[]> {
    const { events } = this.#collections;
    const byId = { _id: toIdRange(range) };
    const scope = appId === undefined ? (accountId === undefined ? {} : { accountId }) : { appId };
    const wanted = types === undefined ? {} : { type: { $in: toTypeValues(types) } };
    if (appId === undefined && accountId === undefined) {
      return await this.#listByIndex({ ...byId, ...notTombstone, ...wanted }, '_id_', range.limit);
    }
    // The index has the type before the id, so the types are found first.
    const found: readonly unknown[] = await events.distinct('type', { ...scope, ...wanted });
    const names = found.filter((type) => typeof type === 'string');
    const hint = appId === undefined ? 'by_account_type' : 'by_app_type';
    const lists: (readonly FeedEntry[])[] = [];
    for (let start = 0; start < names.length; start += maxRanges) {
      const type = { $in: names.slice(start, start + maxRanges) };
      lists.push(await this.#listByIndex({ ...scope, type, ...byId }, hint, range.limit));
    }
    const [only = []] = lists;
    if (lists.length < 2) return only;
    return lists
      .flat()
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, range.limit);
  }

  async #listByIndex(filter: Filter<EventDoc>, hint: string, limit: number): Promise<readonly FeedEntry[]> {
    const docs = await this.#collections.events
      .find<EntryDoc>(filter, { projection: entryFields, ...majority })
      .sort({ _id: 1 })
      .limit(limit)
      .batchSize(limit)
      .hint(hint)
      .toArray();
    return docs.map(toEntry);
  }

  async getEvents(ids: readonly string[]): Promise<ReadonlyMap<string, FeedEvent>> {
    const docs = await this.#collections.events
      .find<EventDoc>(
        { _id: { $in: [...ids] }, ...notTombstone },
        { projection: contentFields, batchSize: ids.length + 1, ...majority },
      )
      .toArray();
    return new Map(docs.map((doc) => [doc._id, toEvent(doc)]));
  }

  async purge(before: number, limit: number): Promise<number> {
    const { feedSlices } = this.#collections;
    const old = await feedSlices
      .find({ at: { $lt: new Date(before) } }, { projection: { _id: 1 } })
      .sort({ at: 1 })
      .limit(limit)
      .toArray();
    if (old.length === 0) return 0;
    const result = await feedSlices.deleteMany({ _id: { $in: old.map((doc) => doc._id) } });
    return result.deletedCount;
  }
}

/** Eras that are kept: those of more than the usual retention. */
const maxEras = 500;

function toState({ firstId, completeTo, eras }: FeedLogDoc): FeedLogState | undefined {
  return firstId === undefined || completeTo === undefined
    ? undefined
    : { firstId, completeTo, eras: eras ?? [] };
}

/** The position of an event that is read by its id is decided by the caller. */
function toEntry({ _id, appId, accountId, type }: EntryDoc): FeedEntry {
  return { id: _id, appId, accountId, type, position: '' };
}

function toEmptySlice({ appId, accountId }: FeedEntry, { era, end }: FeedSliceKey): FeedSliceDoc {
  return { _id: '', appId, accountId, era, end, at: new Date(0), ids: [], types: [], positions: [] };
}

function toIdRange({ afterId, beforeId }: FeedIdQuery) {
  return { $gt: afterId, ...(beforeId === undefined ? { $lt: lastId } : { $lt: beforeId }) };
}

/** Above all ids of events. */
const lastId = lowestIdAt('evt_', 2 ** 49);
