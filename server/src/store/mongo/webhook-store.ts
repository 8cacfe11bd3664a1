import type { DisabledReason } from '@tocsin/shared';
import type { SecretSwap, SecretSwapStore, WebhookChange, WebhookStore } from '../../domain/ports.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';
import type { Collections, WebhookDoc } from './documents.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { previousSecretDocOf, webhookDocOf, webhookOf } from './mapping.ts';

export class MongoWebhookStore implements WebhookStore, SecretSwapStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /**
   * Takes a place before it inserts, so that two calls racing for the last place cannot both have it. A crash between
   * the two leaves a place taken; the count is therefore made anew from the webhooks when the limit is hit.
   */
  async insert(webhook: Webhook, limit: number): Promise<'inserted' | 'limit_reached'> {
    const taken = (await this.#takePlace(webhook, limit)) || (await this.#recount(webhook, limit));
    if (!taken) return 'limit_reached';
    try {
      await this.#collections.webhooks.insertOne(webhookDocOf(webhook));
      return 'inserted';
    } catch (error) {
      await this.#freePlace(webhook);
      throw error;
    }
  }

  async #takePlace(webhook: Webhook, limit: number): Promise<boolean> {
    const { webhookCounts } = this.#collections;
    const group = groupOf(webhook);
    const increment = async () => {
      const below = { _id: group, count: { $lt: limit } };
      return (await webhookCounts.updateOne(below, { $inc: { count: 1 } })).modifiedCount === 1;
    };
    if (await increment()) return true;
    try {
      await webhookCounts.insertOne({ _id: group, count: 1 });
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // At the limit, or another call has just made the document: the second try tells which.
      return await increment();
    }
  }

  async #recount(webhook: Webhook, limit: number): Promise<boolean> {
    const { webhooks, webhookCounts } = this.#collections;
    const group = groupOf(webhook);
    const before = await webhookCounts.findOne({ _id: group });
    const actual = await webhooks.countDocuments({
      appId: webhook.appId,
      mount: webhook.mount === 'authforge' ? 'authforge' : { $ne: 'authforge' },
    });
    if (before === null || actual >= limit || actual >= before.count) return false;
    // Compare and set: a creation or deletion that came in between makes this fail, and the caller is told the limit.
    const result = await webhookCounts.updateOne(
      { _id: group, count: before.count },
      { $set: { count: actual + 1 } },
    );
    return result.modifiedCount === 1;
  }

  async #freePlace(webhook: Pick<Webhook, 'appId' | 'mount'>): Promise<void> {
    await this.#collections.webhookCounts.updateOne(
      { _id: groupOf(webhook), count: { $gt: 0 } },
      { $inc: { count: -1 } },
    );
  }

  async get(id: string): Promise<Webhook | undefined> {
    const doc = await this.#collections.webhooks.findOne({ _id: id });
    return doc ? webhookOf(doc) : undefined;
  }

  async ofApp(appId: string, mount?: Mount): Promise<Webhook[]> {
    const docs = await this.#collections.webhooks
      .find(mount === undefined ? { appId } : { appId, mount })
      .sort({ createdAt: 1, _id: 1 })
      .toArray();
    return docs.map(webhookOf);
  }

  async update(id: string, change: WebhookChange): Promise<Webhook | undefined> {
    const doc = await this.#collections.webhooks.findOneAndUpdate(
      { _id: id },
      { $set: fieldsOf(change) },
      { returnDocument: 'after' },
    );
    return doc ? webhookOf(doc) : undefined;
  }

  /** The old sealed text is unique (each has a nonce of its own), so it alone tells whether somebody came before us. */
  async replaceSecret(
    id: string,
    expected: string,
    change: WebhookChange & Pick<Webhook, 'secret'>,
  ): Promise<Webhook | undefined> {
    const doc = await this.#collections.webhooks.findOneAndUpdate(
      { _id: id, secret: expected },
      { $set: fieldsOf(change) },
      { returnDocument: 'after' },
    );
    return doc ? webhookOf(doc) : undefined;
  }

  async secretsAfter(id: string | undefined, limit: number): Promise<Pick<Webhook, SecretFields>[]> {
    const docs = await this.#collections.webhooks
      .find(id === undefined ? {} : { _id: { $gt: id } }, {
        projection: { _id: 1, secret: 1, previousSecrets: 1 },
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(({ _id, secret, previousSecrets }) => ({
      id: _id,
      secret,
      previousSecrets: previousSecrets.map(({ sealed, until }) => ({ sealed, until: until.getTime() })),
    }));
  }

  async swapSecrets(swaps: readonly SecretSwap[]): Promise<number> {
    if (swaps.length === 0) return 0;
    const result = await this.#collections.webhooks.bulkWrite(
      swaps.map(({ id, from, to }) => ({
        updateOne: {
          filter: {
            _id: id,
            secret: from.secret,
            previousSecrets: from.previousSecrets.map(previousSecretDocOf),
          },
          update: {
            $set: { secret: to.secret, previousSecrets: to.previousSecrets.map(previousSecretDocOf) },
          },
        },
      })),
      { ordered: false },
    );
    return result.modifiedCount;
  }

  async delete(id: string): Promise<boolean> {
    const doc = await this.#collections.webhooks.findOneAndDelete({ _id: id });
    if (doc === null) return false;
    await this.#freePlace(doc);
    await this.#collections.health.deleteOne({ _id: id });
    return true;
  }

  async disable(id: string, reason: DisabledReason, at: number): Promise<boolean> {
    const result = await this.#collections.webhooks.updateOne(
      { _id: id, enabled: true },
      { $set: { enabled: false, disabledReason: reason, updatedAt: new Date(at) } },
    );
    return result.modifiedCount === 1;
  }
}

type SecretFields = 'id' | 'secret' | 'previousSecrets';

/** AuthForge's contract limits its own webhooks to 5 an app; the others share a limit of their own. */
function groupOf(webhook: Pick<Webhook, 'appId' | 'mount'>): string {
  return `${webhook.mount === 'authforge' ? 'authforge' : 'other'}:${webhook.appId}`;
}

function fieldsOf(change: WebhookChange): Partial<WebhookDoc> {
  const { updatedAt, previousSecrets, events, headers, ...same } = change;
  // Undefined means "leave as it is"; the driver drops such fields (ignoreUndefined).
  return {
    ...(same as Partial<WebhookDoc>),
    ...(events ? { events: [...events] } : {}),
    ...(headers ? { headers: { ...headers } } : {}),
    ...(updatedAt === undefined ? {} : { updatedAt: new Date(updatedAt) }),
    ...(previousSecrets ? { previousSecrets: previousSecrets.map(previousSecretDocOf) } : {}),
  };
}
