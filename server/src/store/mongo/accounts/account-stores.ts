import type { Page } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../../../domain/access.ts';
import type { AccountStore, ApiKeyStore, AppStore } from '../../../domain/ports/access-stores.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import { notifyConfigChange } from '../notifications/notify-config-change.ts';
import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import { toAccount, toApiKeyDoc, toApiKey, toApp } from '../documents/dates.ts';
import { pageFrom } from '../driver/page.ts';

/* Accounts, apps and API keys: small collections, plain reads and writes. */

interface Owned {
  readonly accountId?: string | undefined;
}

function pageQuery(filter: Owned, cursor: string | undefined) {
  return {
    ...(filter.accountId === undefined ? {} : { accountId: filter.accountId }),
    ...(cursor === undefined ? {} : { _id: { $lt: cursor } }),
  };
}

export class MongoAccountStore implements AccountStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insert(account: Account): Promise<void> {
    await this.#collections.accounts.insertOne({
      _id: account.id,
      name: account.name,
      createdAt: new Date(account.createdAt),
    });
  }

  async get(id: string): Promise<Account | undefined> {
    const doc = await this.#collections.accounts.findOne({ _id: id });
    return doc ? toAccount(doc) : undefined;
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<Account>> {
    const docs = await this.#collections.accounts
      .find(pageQuery({}, cursor))
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toAccount, (doc) => doc._id);
  }
}

export class MongoAppStore implements AppStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insert(app: App): Promise<boolean> {
    try {
      await this.#collections.apps.insertOne({
        _id: app.id,
        accountId: app.accountId,
        name: app.name,
        createdAt: new Date(app.createdAt),
      });
      await this.#notifyConfigChange(app.id);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async get(id: string): Promise<App | undefined> {
    const doc = await this.#collections.apps.findOne({ _id: id });
    return doc ? toApp(doc) : undefined;
  }

  async list(filter: Owned, { cursor, limit }: PageRequest): Promise<Page<App>> {
    const docs = await this.#collections.apps
      .find(pageQuery(filter, cursor))
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toApp, (doc) => doc._id);
  }

  async delete(id: string): Promise<boolean> {
    const { deletedCount } = await this.#collections.apps.deleteOne({ _id: id });
    if (deletedCount === 1) await this.#notifyConfigChange(id);
    return deletedCount === 1;
  }

  async #notifyConfigChange(id: string): Promise<void> {
    await notifyConfigChange(this.#collections, { collection: 'apps', id, appId: id });
  }
}

export class MongoApiKeyStore implements ApiKeyStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insert(key: ApiKey): Promise<void> {
    await this.#collections.keys.insertOne(toApiKeyDoc(key));
    await this.#notifyConfigChange(key.id);
  }

  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const doc = await this.#collections.keys.findOne({ hash });
    return doc ? toApiKey(doc) : undefined;
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const doc = await this.#collections.keys.findOne({ _id: id });
    return doc ? toApiKey(doc) : undefined;
  }

  async list(filter: Owned, { cursor, limit }: PageRequest): Promise<Page<ApiKey>> {
    const docs = await this.#collections.keys
      .find(pageQuery(filter, cursor))
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toApiKey, (doc) => doc._id);
  }

  async revoke(id: string, at: number): Promise<boolean> {
    const result = await this.#collections.keys.updateOne(
      { _id: id, revokedAt: null },
      { $set: { revokedAt: new Date(at) } },
    );
    if (result.modifiedCount === 1) await this.#notifyConfigChange(id);
    return result.modifiedCount === 1;
  }

  async #notifyConfigChange(id: string): Promise<void> {
    await notifyConfigChange(this.#collections, { collection: 'keys', id, appId: undefined });
  }

  /** Tells nobody: when a key was used decides nothing. */
  async touch(uses: ReadonlyMap<string, number>): Promise<void> {
    if (uses.size === 0) return;
    await this.#collections.keys.bulkWrite(
      [...uses].map(([id, at]) => ({
        updateOne: { filter: { _id: id }, update: { $max: { lastUsedAt: new Date(at) } } },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }
}
