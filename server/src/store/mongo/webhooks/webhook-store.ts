import type { Filter, MongoClient } from 'mongodb';
import type { DisabledReason } from '@tocsin/shared';
import type { SealedFields, SecretSwap, SecretSwapStore } from '../../../domain/ports/secret-box.ts';
import type { WebhookChange, WebhookStore, WebhookVersion } from '../../../domain/ports/webhook-store.ts';
import type { Mount, Webhook } from '../../../domain/webhook.ts';
import { hasRoom, type AccountRoom } from '../accounts/account-room.ts';
import { findInChunks } from '../driver/chunks.ts';
import { notifyConfigChange } from '../notifications/notify-config-change.ts';
import type { Collections } from '../documents/collections.ts';
import {
  toPreviousSecret,
  toPreviousSecretDoc,
  toWebhook,
  toWebhookDoc,
  toWebhookFields,
  type WebhookDoc,
} from '../documents/webhook.ts';

export class MongoWebhookStore implements WebhookStore, SecretSwapStore {
  readonly #client: MongoClient;
  readonly #collections: Collections;

  constructor(client: MongoClient, collections: Collections) {
    this.#client = client;
    this.#collections = collections;
  }

  /**
   * Counts and inserts the webhook in one transaction. Calls that race for the last place conflict on the
   * count, and a crash cannot leave a count without its webhook.
   */
  async insert(
    webhook: Webhook,
    limit: number,
    accountLimit?: number,
  ): Promise<'inserted' | 'limit_reached' | 'account_limit_reached'> {
    const { webhooks, webhookCounts } = this.#collections;
    const { accountId } = webhook;
    const room: AccountRoom = {
      accountId,
      limit: accountLimit,
      count: (max, session) => webhooks.countDocuments({ accountId }, { limit: max, session }),
    };
    const result = await this.#client.withSession((session) =>
      session.withTransaction(async (): Promise<'inserted' | 'limit_reached' | 'account_limit_reached'> => {
        if (!(await hasRoom(this.#collections, room, session))) return 'account_limit_reached';
        const counted = await webhookCounts.findOneAndUpdate(
          { _id: toLimitGroup(webhook) },
          { $inc: { count: 1 } },
          { upsert: true, returnDocument: 'after', session },
        );
        if (counted === null || counted.count > limit) {
          await session.abortTransaction();
          return 'limit_reached';
        }
        await webhooks.insertOne(toWebhookDoc(webhook), { session });
        return 'inserted';
      }),
    );
    if (result === 'inserted') await this.#notifyConfigChange(webhook.id, webhook.appId);
    return result;
  }

  async get(id: string): Promise<Webhook | undefined> {
    const doc = await this.#collections.webhooks.findOne({ _id: id });
    return doc ? toWebhook(doc) : undefined;
  }

  async getMany(ids: readonly string[]): Promise<Webhook[]> {
    const docs = await findInChunks(ids, (some) =>
      this.#collections.webhooks.find({ _id: { $in: some } }).toArray(),
    );
    return docs.map(toWebhook);
  }

  async listSome(appId: string, limit: number): Promise<Webhook[]> {
    const docs = await this.#collections.webhooks.find({ appId }).limit(limit).toArray();
    return docs.map(toWebhook);
  }

  async listForApp(appId: string, mount?: Mount): Promise<Webhook[]> {
    const docs = await this.#collections.webhooks
      .find(mount === undefined ? { appId } : { appId, mount })
      .sort({ createdAt: 1, _id: 1 })
      .toArray();
    return docs.map(toWebhook);
  }

  async update(before: WebhookVersion, change: WebhookChange): Promise<Webhook | undefined> {
    const { id, url, headers, secret, profile } = before;
    return await this.#setFields({ _id: id, url, headers, secret, profile }, change);
  }

  async listSecrets(
    after: string | undefined,
    limit: number,
  ): Promise<(SealedFields & Pick<Webhook, 'id'>)[]> {
    const docs = await this.#collections.webhooks
      .find(after === undefined ? {} : { _id: { $gt: after } }, {
        projection: { _id: 1, secret: 1, previousSecrets: 1, url: 1, headers: 1 },
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(({ _id, secret, previousSecrets, url, headers }) => ({
      id: _id,
      secret,
      previousSecrets: previousSecrets.map(toPreviousSecret),
      url,
      headers,
    }));
  }

  /** Does not notify other processes: the plain texts that they cache are the same. */
  async swapSecrets(swaps: readonly SecretSwap[]): Promise<number> {
    if (swaps.length === 0) return 0;
    const result = await this.#collections.webhooks.bulkWrite(
      swaps.map(({ id, from, to }) => ({
        updateOne: { filter: { _id: id, ...toSealedDoc(from) }, update: { $set: toSealedDoc(to) } },
      })),
      { ordered: false },
    );
    return result.modifiedCount;
  }

  async delete(id: string): Promise<boolean> {
    const { webhooks, webhookCounts, health } = this.#collections;
    const deleted = await this.#client.withSession((session) =>
      session.withTransaction(async () => {
        const doc = await webhooks.findOneAndDelete({ _id: id }, { session });
        if (doc === null) return null;
        await webhookCounts.updateOne({ _id: toLimitGroup(doc) }, { $inc: { count: -1 } }, { session });
        return doc;
      }),
    );
    if (deleted === null) return false;
    await this.#notifyConfigChange(id, deleted.appId);
    await health.deleteOne({ _id: id });
    return true;
  }

  async disable(id: string, reason: DisabledReason, at: number): Promise<boolean> {
    const doc = await this.#collections.webhooks.findOneAndUpdate(
      { _id: id, enabled: true },
      { $set: { enabled: false, disabledReason: reason, updatedAt: new Date(at) } },
      { returnDocument: 'after' },
    );
    return (await this.#notifyChanged(doc)) !== undefined;
  }

  async #setFields(filter: Filter<WebhookDoc>, change: WebhookChange): Promise<Webhook | undefined> {
    // The driver drops undefined fields. Its types do not accept them.
    const fields = toWebhookFields(change) as Partial<WebhookDoc>;
    const doc = await this.#collections.webhooks.findOneAndUpdate(
      filter,
      { $set: fields },
      { returnDocument: 'after' },
    );
    return await this.#notifyChanged(doc);
  }

  async #notifyChanged(doc: WebhookDoc | null): Promise<Webhook | undefined> {
    if (doc === null) return undefined;
    await this.#notifyConfigChange(doc._id, doc.appId);
    return toWebhook(doc);
  }

  async #notifyConfigChange(id: string, appId: string): Promise<void> {
    await notifyConfigChange(this.#collections, { collection: 'webhooks', id, appId });
  }
}

function toSealedDoc({ secret, previousSecrets, url, headers }: SealedFields) {
  return { secret, previousSecrets: previousSecrets.map(toPreviousSecretDoc), url, headers };
}

/**
 * The AuthForge contract has its own limit for each app. All other webhooks of an app share another limit.
 */
export function toLimitGroup(webhook: Pick<Webhook, 'appId' | 'mount'>): string {
  return `${webhook.mount === 'authforge' ? 'authforge' : 'other'}:${webhook.appId}`;
}
