import type { Filter, MongoClient } from 'mongodb';
import type { DisabledReason } from '@tocsin/shared';
import type { SecretSwap, SecretSwapStore } from '../../../domain/ports/secret-box.ts';
import type { WebhookChange, WebhookStore } from '../../../domain/ports/webhook-store.ts';
import type { Mount, Webhook } from '../../../domain/webhook.ts';
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
  async insert(webhook: Webhook, limit: number): Promise<'inserted' | 'limit_reached'> {
    const { webhooks, webhookCounts } = this.#collections;
    const result = await this.#client.withSession((session) =>
      session.withTransaction(async (): Promise<'inserted' | 'limit_reached'> => {
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
    const docs = await this.#collections.webhooks.find({ _id: { $in: [...ids] } }).toArray();
    return docs.map(toWebhook);
  }

  async listForApp(appId: string, mount?: Mount): Promise<Webhook[]> {
    const docs = await this.#collections.webhooks
      .find(mount === undefined ? { appId } : { appId, mount })
      .sort({ createdAt: 1, _id: 1 })
      .toArray();
    return docs.map(toWebhook);
  }

  async update(id: string, change: WebhookChange): Promise<Webhook | undefined> {
    return await this.#setFields({ _id: id }, change);
  }

  /** Compares the encrypted secret, which is unique because of its nonce, to detect a concurrent change. */
  async replaceSecret(
    id: string,
    expected: string,
    change: WebhookChange & Pick<Webhook, 'secret'>,
  ): Promise<Webhook | undefined> {
    return await this.#setFields({ _id: id, secret: expected }, change);
  }

  async listSecrets(after: string | undefined, limit: number): Promise<Pick<Webhook, SecretFields>[]> {
    const docs = await this.#collections.webhooks
      .find(after === undefined ? {} : { _id: { $gt: after } }, {
        projection: { _id: 1, secret: 1, previousSecrets: 1 },
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(({ _id, secret, previousSecrets }) => ({
      id: _id,
      secret,
      previousSecrets: previousSecrets.map(toPreviousSecret),
    }));
  }

  /** Does not notify other processes: the plain secrets that they cache are the same. */
  async swapSecrets(swaps: readonly SecretSwap[]): Promise<number> {
    if (swaps.length === 0) return 0;
    const result = await this.#collections.webhooks.bulkWrite(
      swaps.map(({ id, from, to }) => ({
        updateOne: {
          filter: {
            _id: id,
            secret: from.secret,
            previousSecrets: from.previousSecrets.map(toPreviousSecretDoc),
          },
          update: {
            $set: { secret: to.secret, previousSecrets: to.previousSecrets.map(toPreviousSecretDoc) },
          },
        },
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

type SecretFields = 'id' | 'secret' | 'previousSecrets';

/**
 * The AuthForge contract has its own limit for each app. All other webhooks of an app share another limit.
 */
export function toLimitGroup(webhook: Pick<Webhook, 'appId' | 'mount'>): string {
  return `${webhook.mount === 'authforge' ? 'authforge' : 'other'}:${webhook.appId}`;
}
