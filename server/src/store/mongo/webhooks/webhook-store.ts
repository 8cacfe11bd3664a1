import type { ClientSession, Filter } from 'mongodb';
import type { DisabledReason } from '@tocsin/shared';
import { unknownHealth } from '../../../domain/endpoint-health.ts';
import { isVisible, type Visibility } from '../../../domain/ports/page-request.ts';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';
import type { SealedFields, SecretSwap, SecretSwapStore } from '../../../domain/ports/secret-box.ts';
import type {
  HealthAgreement,
  NewWebhook,
  WebhookChange,
  WebhookStore,
  WebhookVersion,
} from '../../../domain/ports/webhook-store.ts';
import type { Mount, Webhook } from '../../../domain/webhook.ts';
import { hasRoom, type AccountRoom } from '../accounts/account-room.ts';
import { findInChunks } from '../driver/chunks.ts';
import { ConfigChanges } from '../changes/config-changes.ts';
import { withHint } from '../driver/read-list.ts';
import type { Collections } from '../documents/collections.ts';
import { findLastSuccess } from './last-success.ts';
import {
  toHealthFields,
  toClientCertificate,
  toClientCertificateDoc,
  toPreviousSecret,
  toPreviousSecretDoc,
  toWebhook,
  toWebhookDoc,
  toWebhookFields,
  type WebhookDoc,
} from '../documents/webhook.ts';

export class MongoWebhookStore implements WebhookStore, SecretSwapStore {
  readonly #collections: Collections;
  readonly #changes: ConfigChanges;

  /** @param changes - those of this process, which take turns. @default its own */
  constructor(collections: Collections, changes = new ConfigChanges(collections)) {
    this.#collections = collections;
    this.#changes = changes;
  }

  /**
   * Counts and inserts the webhook in one transaction. Calls that race for the last place conflict on the
   * count, and a crash cannot leave a count without its webhook.
   */
  async insert(
    webhook: NewWebhook,
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
    return await this.#changes.run(async (session) => {
      if (!(await hasRoom(this.#collections, room, session))) {
        return { result: 'account_limit_reached' as const, change: undefined };
      }
      const counted = await webhookCounts.findOneAndUpdate(
        { _id: toLimitGroup(webhook) },
        { $inc: { count: 1 } },
        { upsert: true, returnDocument: 'after', session },
      );
      if (counted === null || counted.count > limit) {
        await session.abortTransaction();
        return { result: 'limit_reached' as const, change: undefined };
      }
      await webhooks.insertOne(toWebhookDoc(webhook), { session });
      return { result: 'inserted' as const, change: toChange(webhook) };
    });
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

  async listVisible(visibility: Visibility, limit: number): Promise<Webhook[]> {
    const { accountId, appId } = visibility;
    const hint = appId === undefined ? (accountId === undefined ? '_id_' : 'accountId_1') : 'by_app_mount';
    const query = {
      ...(appId === undefined ? {} : { appId }),
      ...(accountId === undefined ? {} : { accountId }),
    };
    const docs = await withHint(hint, (options) =>
      this.#collections.webhooks.find(query, options).limit(limit).toArray(),
    );
    // Compared here, because a deleted app has no webhooks once its deletion has begun.
    return docs.map(toWebhook).filter((webhook) => isVisible(visibility, webhook));
  }

  /** Reads what a majority has: a failover must not undo what a process has cached. */
  async listForApps(appIds: readonly string[]): Promise<Webhook[]> {
    const docs = await this.#collections.webhooks
      .find({ appId: { $in: [...appIds] } }, { readConcern: 'majority' })
      .toArray();
    return docs.map(toWebhook).sort(compareAge);
  }

  async listAfterApp(appId: string | undefined, limit: number): Promise<Webhook[]> {
    const docs = await withHint('by_app_mount', (options) =>
      this.#collections.webhooks
        .find(appId === undefined ? {} : { appId: { $gt: appId } }, { ...options, readConcern: 'majority' })
        .sort({ appId: 1, mount: 1, _id: 1 })
        .limit(limit)
        .toArray(),
    );
    return docs.map(toWebhook).sort((a, b) => (a.appId === b.appId ? compareAge(a, b) : 0));
  }

  async listForApp(appId: string, mount?: Mount): Promise<Webhook[]> {
    const docs = await this.#collections.webhooks
      .find(mount === undefined ? { appId } : { appId, mount })
      .sort({ createdAt: 1, _id: 1 })
      .toArray();
    return docs.map(toWebhook);
  }

  async update(
    before: WebhookVersion,
    change: WebhookChange,
    resetAt?: number,
    expectedRevision?: number,
  ): Promise<Webhook | undefined> {
    const { id, url, headers, secret, profile } = before;
    // The driver drops undefined fields. Its types do not accept them.
    const fields = toWebhookFields(change) as Partial<WebhookDoc>;
    return await this.#changes.run(async (session) => {
      const doc = await this.#collections.webhooks.findOneAndUpdate(
        { _id: id, url, headers, secret, profile, ...toRevisionFilter(expectedRevision) },
        { $set: fields, $inc: { revision: 1 } },
        { returnDocument: 'after', session },
      );
      if (doc === null) return { result: undefined, change: undefined };
      const webhook = toWebhook(doc);
      if (resetAt !== undefined) await this.#resetHealth(webhook, resetAt, session);
      return { result: webhook, change: { ...toChange(webhook), resetsHealth: resetAt !== undefined } };
    });
  }

  async resetHealth(id: string, at: number): Promise<boolean> {
    return await this.#changes.run(async (session) => {
      const doc = await this.#collections.webhooks.findOne({ _id: id }, { session });
      if (doc === null) return { result: false, change: undefined };
      const webhook = toWebhook(doc);
      await this.#resetHealth(webhook, at, session);
      return { result: true, change: { ...toChange(webhook), resetsHealth: true } };
    });
  }

  async #resetHealth(
    { id, appId, accountId }: Webhook,
    resetAt: number,
    session: ClientSession,
  ): Promise<void> {
    await this.#collections.health.updateOne(
      { _id: id },
      { $set: { ...toHealthFields(unknownHealth), appId, accountId, resetAt: new Date(resetAt) } },
      { upsert: true, session },
    );
  }

  async listSecrets(
    after: string | undefined,
    limit: number,
  ): Promise<(SealedFields & Pick<Webhook, 'id'>)[]> {
    const docs = await this.#collections.webhooks
      .find(after === undefined ? {} : { _id: { $gt: after } }, {
        projection: { _id: 1, secret: 1, previousSecrets: 1, url: 1, headers: 1, clientCertificate: 1 },
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(({ _id, secret, previousSecrets, url, headers, clientCertificate }) => ({
      id: _id,
      secret,
      previousSecrets: previousSecrets.map(toPreviousSecret),
      url,
      headers,
      clientCertificate: toClientCertificate(clientCertificate),
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

  async delete(id: string, expectedRevision?: number): Promise<boolean> {
    const { webhooks, webhookCounts, health, incidents } = this.#collections;
    return await this.#changes.run(async (session) => {
      const doc = await webhooks.findOneAndDelete(
        { _id: id, ...toRevisionFilter(expectedRevision) },
        { session },
      );
      if (doc === null) return { result: false, change: undefined };
      await webhookCounts.updateOne({ _id: toLimitGroup(doc) }, { $inc: { count: -1 } }, { session });
      await health.deleteOne({ _id: id }, { session });
      await incidents.deleteMany({ webhookId: id }, { session });
      return { result: true, change: { ...toChange(toWebhook(doc)), resetsHealth: true } };
    });
  }

  async disable(
    id: string,
    reason: DisabledReason,
    at: number,
    agreement?: HealthAgreement,
  ): Promise<boolean> {
    // Another process may have seen a success that its stored health does not have yet.
    if (agreement !== undefined && (await findLastSuccess(this.#collections, id)) > agreement.failingSince) {
      return false;
    }
    return await this.#changes.run(async (session) => {
      const nothing = { result: false, change: undefined };
      if (agreement !== undefined && !(await this.#agrees(id, agreement, session))) return nothing;
      const doc = await this.#collections.webhooks.findOneAndUpdate(
        { _id: id, enabled: true },
        { $set: { enabled: false, disabledReason: reason, updatedAt: new Date(at) }, $inc: { revision: 1 } },
        { returnDocument: 'after', session },
      );
      return doc === null ? nothing : { result: true, change: toChange(toWebhook(doc)) };
    });
  }

  /** Writes the epoch, so that a success that another process stores meanwhile conflicts with the transaction. */
  async #agrees(
    id: string,
    { failingSince, epoch }: HealthAgreement,
    session: ClientSession,
  ): Promise<boolean> {
    const { matchedCount } = await this.#collections.health.updateOne(
      { _id: id, failingSince: { $lte: new Date(failingSince) }, epoch: { $not: { $gt: epoch } } },
      { $set: { epoch }, $inc: { disableChecks: 1 } },
      { session },
    );
    return matchedCount === 1;
  }
}

/** A document without the field has the revision 0. */
function toRevisionFilter(expected: number | undefined): Filter<WebhookDoc> {
  if (expected === undefined) return {};
  return { revision: expected === 0 ? { $not: { $gt: 0 } } : expected };
}

/** The order of `listForApp`. */
function compareAge(a: Webhook, b: Webhook): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

function toChange({ id, appId }: Pick<Webhook, 'id' | 'appId'>): ConfigChange {
  return { collection: 'webhooks', id, appId };
}

function toSealedDoc({ secret, previousSecrets, url, headers, clientCertificate }: SealedFields) {
  return {
    secret,
    previousSecrets: previousSecrets.map(toPreviousSecretDoc),
    url,
    headers,
    clientCertificate: toClientCertificateDoc(clientCertificate),
  };
}

/**
 * The AuthForge contract has its own limit for each app. All other webhooks of an app share another limit.
 */
export function toLimitGroup(webhook: Pick<Webhook, 'appId' | 'mount'>): string {
  return `${webhook.mount === 'authforge' ? 'authforge' : 'other'}:${webhook.appId}`;
}
