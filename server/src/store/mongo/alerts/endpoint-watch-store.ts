import type { ClientSession } from 'mongodb';
import type { EndpointWatch } from '../../../domain/endpoint-watch.ts';
import { timeFromId } from '../../../domain/ids.ts';
import type {
  EndpointWatchStore,
  ExpiringSecret,
  FailedCount,
  MonitorCursor,
  MonitorStep,
  OperationalNotice,
} from '../../../domain/ports/endpoint-watch-store.ts';
import type { Collections } from '../documents/collections.ts';
import {
  toCursor,
  toCursorFields,
  toNotice,
  toNoticeDoc,
  toWatch,
  toWatchDoc,
} from '../documents/endpoint-watch.ts';
import { findInChunks } from '../driver/chunks.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import { inTransaction } from '../driver/in-transaction.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { allPartitions, openIndex } from '../queue/entry.ts';

const monitorId = 'monitor';

/** Written by the process that has the lease. Its document is the fence: a step that lost it stores nothing. */
export class MongoEndpointWatchStore implements EndpointWatchStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async takeLease(
    holder: string,
    now: number,
    until: number,
    start: MonitorCursor,
  ): Promise<MonitorCursor | undefined> {
    const isFree = { $or: [{ holder }, { until: { $lte: new Date(now) } }] };
    try {
      const doc = await this.#collections.monitor.findOneAndUpdate(
        { _id: monitorId, ...isFree },
        { $set: { holder, until: new Date(until) }, $setOnInsert: toCursorFields(start) },
        { upsert: true, returnDocument: 'after' },
      );
      return doc === null ? undefined : toCursor(doc);
    } catch (error) {
      // Another process has it: its document does not match, so the upsert fails on the id.
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  async releaseLease(holder: string): Promise<void> {
    await this.#collections.monitor.updateOne(
      { _id: monitorId, holder },
      { $set: { holder: null, until: new Date(0) } },
    );
  }

  async getMany(webhookIds: readonly string[]): Promise<EndpointWatch[]> {
    const docs = await findInChunks(webhookIds, (some) =>
      this.#collections.endpointWatches.find({ _id: { $in: some } }).toArray(),
    );
    return docs.map(toWatch);
  }

  async listNewest(limit: number): Promise<EndpointWatch[]> {
    const docs = await this.#collections.endpointWatches.find().sort({ since: -1 }).limit(limit).toArray();
    return docs.map(toWatch);
  }

  async listAfter(after: string | undefined, limit: number): Promise<EndpointWatch[]> {
    const docs = await this.#collections.endpointWatches
      .find(after === undefined ? {} : { _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(toWatch);
  }

  async findDisabled(
    since: number,
    limit: number,
  ): Promise<{ readonly webhookId: string; readonly updatedAt: number }[]> {
    const docs = await this.#collections.webhooks
      .find(
        { disabledReason: { $type: 'string', $ne: 'by_user' }, updatedAt: { $gte: new Date(since) } },
        { projection: { _id: 1, updatedAt: 1 } },
      )
      .sort({ updatedAt: 1 })
      .limit(limit)
      .toArray();
    return docs.map(({ _id, updatedAt }) => ({ webhookId: _id, updatedAt: updatedAt.getTime() }));
  }

  /** Reads the keys of the index only. */
  async countFailed(
    from: number,
    to: number,
    limit: number,
  ): Promise<{ readonly counts: readonly FailedCount[]; readonly isCapped: boolean }> {
    const range = { status: 'failed', finishedAt: { $gte: new Date(from), $lt: new Date(to) } };
    const docs = await withHint('failed_by_time', (options) =>
      this.#collections.deliveries
        .aggregate<{ _id: string; count: number }>(
          [
            { $match: range },
            { $limit: limit },
            { $group: { _id: '$webhookId', count: { $sum: 1 } } },
            { $sort: { _id: 1 } },
          ],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    const read = docs.reduce((sum, { count }) => sum + count, 0);
    return { counts: docs.map(({ _id, count }) => ({ webhookId: _id, count })), isCapped: read >= limit };
  }

  async findExpiring(
    kind: ExpiringSecret['kind'],
    from: number,
    to: number,
    limit: number,
  ): Promise<ExpiringSecret[]> {
    const range = { $gte: new Date(from), $lt: new Date(to) };
    const { webhooks } = this.#collections;
    if (kind === 'client_certificate') {
      const docs = await webhooks
        .find({ 'clientCertificate.expiresAt': range }, { projection: { 'clientCertificate.expiresAt': 1 } })
        .sort({ 'clientCertificate.expiresAt': 1 })
        .limit(limit)
        .toArray();
      return docs.map(({ _id, clientCertificate }) => ({
        webhookId: _id,
        kind,
        expiresAt: clientCertificate?.expiresAt.getTime() ?? 0,
      }));
    }
    // `$elemMatch`, so that both bounds are of one secret. `$exists`, because the index is partial.
    const docs = await webhooks
      .find(
        { 'previousSecrets.until': { $exists: true }, previousSecrets: { $elemMatch: { until: range } } },
        { projection: { 'previousSecrets.until': 1 } },
      )
      .limit(limit)
      .toArray();
    return docs
      .flatMap(({ _id, previousSecrets }) =>
        previousSecrets.map(({ until }) => ({ webhookId: _id, kind, expiresAt: until.getTime() })),
      )
      .filter(({ expiresAt }) => expiresAt >= from && expiresAt < to)
      .sort((a, b) => a.expiresAt - b.expiresAt)
      .slice(0, limit);
  }

  async findOldestOwed(): Promise<number | null> {
    const doc = await withHint(openIndex, (options) =>
      this.#collections.events
        .find<{ _id: string }>({ open: { $in: [...allPartitions] } }, { ...options, projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(1)
        .toArray(),
    );
    const [oldest] = doc;
    return oldest === undefined ? null : timeFromId(oldest._id);
  }

  async apply(step: MonitorStep): Promise<boolean> {
    const { client } = this.#collections.monitor.db;
    return await inTransaction(client, async (session) => await this.#applyIn(step, session));
  }

  async #applyIn(step: MonitorStep, session: ClientSession): Promise<boolean> {
    const { monitor, endpointWatches, operationalNotices } = this.#collections;
    const { matchedCount } = await monitor.updateOne(
      { _id: monitorId, holder: step.holder },
      { $set: toCursorFields(step.cursor) },
      { session },
    );
    if (matchedCount === 0) return false;
    const writes = [
      ...step.watches.map(toWatchDoc).map((doc) => ({
        replaceOne: { filter: { _id: doc._id }, replacement: doc, upsert: true },
      })),
      ...step.forgotten.map((id) => ({ deleteOne: { filter: { _id: id } } })),
    ];
    if (writes.length > 0) await endpointWatches.bulkWrite(writes, { session, ordered: false });
    const notices = step.notices.map(toNoticeDoc).map(({ _id, ...fields }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true },
    }));
    if (notices.length > 0) await operationalNotices.bulkWrite(notices, { session, ordered: false });
    return true;
  }

  async listNotices(limit: number): Promise<OperationalNotice[]> {
    const docs = await this.#collections.operationalNotices.find().sort({ at: 1 }).limit(limit).toArray();
    return docs.map(toNotice);
  }

  async removeNotices(ids: readonly string[]): Promise<void> {
    await this.#collections.operationalNotices.deleteMany({ _id: { $in: [...ids] } });
  }
}
