import type { AlertHistoryFilter, Page } from '@tocsin/shared';
import type { Collection } from 'mongodb';
import type { AlertChannel, AlertMessage, AlertRule, OpenAlert } from '../../../domain/alert.ts';
import type {
  AlertChanges,
  AlertChannelChange,
  AlertMessageResult,
  AlertRuleChange,
  AlertStore,
} from '../../../domain/ports/alert-store.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import type { SealedFields, SecretSwap, SecretSwapStore } from '../../../domain/ports/secret-box.ts';
import {
  toAlertMessage,
  toAlertMessageDoc,
  toChannel,
  toChannelDoc,
  toOpenAlert,
  toOpenAlertDoc,
  toRule,
  toRuleDoc,
} from '../documents/alert.ts';
import type { Collections } from '../documents/collections.ts';
import { toDate } from '../documents/dates.ts';
import { inTransaction } from '../driver/in-transaction.ts';
import { pageFrom } from '../driver/page.ts';

export class MongoAlertStore implements AlertStore, SecretSwapStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insertChannel(channel: AlertChannel, limit: number): Promise<boolean> {
    return await insertWithin(this.#collections.alertChannels, toChannelDoc(channel), limit);
  }

  async listChannels(owner: string | null, page: PageRequest): Promise<Page<AlertChannel>> {
    const docs = await this.#collections.alertChannels
      .find({ accountId: owner, ...toBelow(page.cursor) })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .toArray();
    return pageFrom(docs, page.limit, toChannel, (doc) => doc._id);
  }

  async getChannels(ids: readonly string[]): Promise<AlertChannel[]> {
    const docs = await this.#collections.alertChannels.find({ _id: { $in: [...ids] } }).toArray();
    return docs.map(toChannel);
  }

  async updateChannel(
    id: string,
    { updatedAt, ...change }: AlertChannelChange,
  ): Promise<AlertChannel | undefined> {
    const doc = await this.#collections.alertChannels.findOneAndUpdate(
      { _id: id },
      { $set: { ...change, updatedAt: new Date(updatedAt) } },
      { returnDocument: 'after' },
    );
    return doc === null ? undefined : toChannel(doc);
  }

  async deleteChannel(id: string): Promise<boolean> {
    const { alertChannels, alertRules, alertMessages } = this.#collections;
    const { deletedCount } = await alertChannels.deleteOne({ _id: id });
    if (deletedCount === 0) return false;
    await alertRules.updateMany({ channelIds: id }, { $pull: { channelIds: id } });
    await alertMessages.updateMany(
      { channelId: id, nextAt: { $exists: true } },
      { $set: { status: 'failed', error: 'the channel was deleted' }, $unset: { nextAt: 1 } },
    );
    return true;
  }

  async insertRule(rule: AlertRule, limit: number): Promise<boolean> {
    return await insertWithin(this.#collections.alertRules, toRuleDoc(rule), limit);
  }

  async listRules(owner: string | null, page: PageRequest): Promise<Page<AlertRule>> {
    const docs = await this.#collections.alertRules
      .find({ accountId: owner, ...toBelow(page.cursor) })
      .sort({ _id: -1 })
      .limit(page.limit + 1)
      .toArray();
    return pageFrom(docs, page.limit, toRule, (doc) => doc._id);
  }

  async getRule(id: string): Promise<AlertRule | undefined> {
    const doc = await this.#collections.alertRules.findOne({ _id: id });
    return doc === null ? undefined : toRule(doc);
  }

  async updateRule(id: string, { updatedAt, ...change }: AlertRuleChange): Promise<AlertRule | undefined> {
    const doc = await this.#collections.alertRules.findOneAndUpdate(
      { _id: id },
      { $set: { ...change, updatedAt: new Date(updatedAt) } },
      { returnDocument: 'after' },
    );
    return doc === null ? undefined : toRule(doc);
  }

  async deleteRule(id: string): Promise<boolean> {
    const { alertRules, openAlerts } = this.#collections;
    const { deletedCount } = await alertRules.deleteOne({ _id: id });
    await openAlerts.deleteMany({ ruleId: id });
    return deletedCount === 1;
  }

  async listEnabledRules(limit: number): Promise<AlertRule[]> {
    const docs = await this.#collections.alertRules
      .find({ enabled: true })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(toRule);
  }

  async listOpen(after: string | undefined, limit: number): Promise<OpenAlert[]> {
    const docs = await this.#collections.openAlerts
      .find(after === undefined ? {} : { _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(toOpenAlert);
  }

  async listOpenOf(ruleIds: readonly string[], limit: number): Promise<OpenAlert[]> {
    const docs = await this.#collections.openAlerts
      .find({ ruleId: { $in: [...ruleIds] } })
      .limit(limit)
      .toArray();
    return docs.map(toOpenAlert);
  }

  async countOpen(ruleIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>> {
    const counts = await Promise.all(
      ruleIds.map(
        async (ruleId) =>
          [ruleId, await this.#collections.openAlerts.countDocuments({ ruleId }, { limit })] as const,
      ),
    );
    return new Map(counts);
  }

  /** In one transaction: an alert without its message would never be told of. */
  async apply({ opened, told, closed, messages }: AlertChanges): Promise<void> {
    const { openAlerts, alertMessages } = this.#collections;
    const writes = [
      ...opened.map(toOpenAlertDoc).map((doc) => ({
        replaceOne: { filter: { _id: doc._id }, replacement: doc, upsert: true },
      })),
      ...told.map(({ id, toldAt, target }) => ({
        updateOne: { filter: { _id: id }, update: { $set: { toldAt: new Date(toldAt), target } } },
      })),
      ...closed.map((id) => ({ deleteOne: { filter: { _id: id } } })),
    ];
    await inTransaction(openAlerts.db.client, async (session) => {
      if (writes.length > 0) await openAlerts.bulkWrite(writes, { session, ordered: false });
      if (messages.length > 0) await alertMessages.insertMany(messages.map(toAlertMessageDoc), { session });
    });
  }

  async listDue(
    now: number,
    limit: number,
    exceptChannelIds: readonly string[] = [],
  ): Promise<AlertMessage[]> {
    const others = exceptChannelIds.length === 0 ? {} : { channelId: { $nin: [...exceptChannelIds] } };
    const docs = await this.#collections.alertMessages
      .find({ nextAt: { $lte: new Date(now) }, ...others })
      .sort({ nextAt: 1, _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(toAlertMessage);
  }

  async countWaiting(channelIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>> {
    const counts = await Promise.all(
      channelIds.map(async (channelId) => {
        const waiting = { channelId, nextAt: { $exists: true } };
        return [channelId, await this.#collections.alertMessages.countDocuments(waiting, { limit })] as const;
      }),
    );
    return new Map(counts);
  }

  async postpone(channelId: string, until: number): Promise<void> {
    const nextAt = new Date(until);
    await this.#collections.alertMessages.updateMany(
      { channelId, nextAt: { $lt: nextAt } },
      { $set: { nextAt } },
    );
  }

  async setResult(id: string, { status, tries, nextAt, sentAt, error }: AlertMessageResult): Promise<void> {
    const fields = { status, tries, sentAt: toDate(sentAt), error };
    await this.#collections.alertMessages.updateOne(
      { _id: id },
      nextAt === null
        ? { $set: fields, $unset: { nextAt: 1 } }
        : { $set: { ...fields, nextAt: new Date(nextAt) } },
    );
  }

  async listMessages(
    { accountId, status }: AlertHistoryFilter,
    { cursor, limit }: PageRequest,
  ): Promise<Page<AlertMessage>> {
    const docs = await this.#collections.alertMessages
      .find({
        accountId: accountId ?? null,
        ...(status === undefined ? {} : { status }),
        ...toBelow(cursor),
      })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toAlertMessage, (doc) => doc._id);
  }

  async listSecrets(
    after: string | undefined,
    limit: number,
  ): Promise<(SealedFields & { readonly id: string })[]> {
    const docs = await this.#collections.alertChannels
      .find(after === undefined ? {} : { _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(({ _id, secret, url, headers }) => ({
      id: _id,
      secret,
      url,
      headers,
      previousSecrets: [],
      clientCertificate: null,
    }));
  }

  async swapSecrets(swaps: readonly SecretSwap[]): Promise<number> {
    if (swaps.length === 0) return 0;
    const pick = ({ secret, url, headers }: SealedFields) => ({ secret, url, headers });
    const result = await this.#collections.alertChannels.bulkWrite(
      swaps.map(({ id, from, to }) => ({
        updateOne: { filter: { _id: id, ...pick(from) }, update: { $set: pick(to) } },
      })),
      { ordered: false },
    );
    return result.modifiedCount;
  }
}

/**
 * Inserts first and counts then, so that calls that race for the last place never exceed the limit. All of them can
 * fail.
 */
async function insertWithin<TDoc extends { _id: string; accountId: string | null }>(
  collection: Collection<TDoc>,
  doc: TDoc,
  limit: number,
): Promise<boolean> {
  // `as`: the driver's types do not resolve a filter of a generic document.
  const docs = collection as unknown as Collection<{ _id: string; accountId: string | null }>;
  await docs.insertOne(doc);
  const count = await docs.countDocuments({ accountId: doc.accountId }, { limit: limit + 1 });
  if (count <= limit) return true;
  await docs.deleteOne({ _id: doc._id });
  return false;
}

function toBelow(cursor: string | undefined): { _id?: { $lt: string } } {
  return cursor === undefined ? {} : { _id: { $lt: cursor } };
}
