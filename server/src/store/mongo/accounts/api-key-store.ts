import type { Filter } from 'mongodb';
import type { Page } from '@tocsin/shared';
import type { ApiKey } from '../../../domain/access.ts';
import type { AccountFilter, ApiKeyStore } from '../../../domain/ports/access-stores.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import { toApiKey, toApiKeyDoc, type ApiKeyDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { pageFrom } from '../driver/page.ts';
import { hasRoom, type AccountRoom } from './account-room.ts';
import { notifyConfigChange } from '../notifications/notify-config-change.ts';
import { toPageFilter } from './page-filter.ts';

export class MongoApiKeyStore implements ApiKeyStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insert(key: ApiKey, accountLimit?: number): Promise<'inserted' | 'account_limit_reached'> {
    const { keys } = this.#collections;
    const room: AccountRoom = {
      accountId: key.accountId,
      limit: accountLimit,
      count: (limit, session) =>
        keys.countDocuments(toLivingFilter(key.accountId, key.createdAt), { limit, session }),
    };
    const result = await keys.db.client.withSession((session) =>
      session.withTransaction(async () => {
        if (!(await hasRoom(this.#collections, room, session))) return 'account_limit_reached' as const;
        await keys.insertOne(toApiKeyDoc(key), { session });
        return 'inserted' as const;
      }),
    );
    if (result === 'inserted') await this.#notifyConfigChange(key.id);
    return result;
  }

  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const doc = await this.#collections.keys.findOne({ hash });
    return doc ? toApiKey(doc) : undefined;
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const doc = await this.#collections.keys.findOne({ _id: id });
    return doc ? toApiKey(doc) : undefined;
  }

  async list(filter: AccountFilter, { cursor, limit }: PageRequest): Promise<Page<ApiKey>> {
    const docs = await this.#collections.keys
      .find(toPageFilter(filter, cursor))
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

  /** Does not notify other processes: `lastUsedAt` is informational. */
  async touch(uses: ReadonlyMap<string, number>): Promise<void> {
    if (uses.size === 0) return;
    await this.#collections.keys.bulkWrite(
      [...uses].map(([id, at]) => ({
        updateOne: { filter: { _id: id }, update: { $max: { lastUsedAt: new Date(at) } } },
      })),
      { ordered: false, writeConcern: { w: 1 } },
    );
  }

  async #notifyConfigChange(id: string): Promise<void> {
    await notifyConfigChange(this.#collections, { collection: 'keys', id, appId: undefined });
  }
}

/** The keys of an account that are neither revoked nor expired. */
export function toLivingFilter(accountId: string, now: number): Filter<ApiKeyDoc> {
  return {
    accountId,
    revokedAt: null,
    $or: [{ expiresAt: null }, { expiresAt: { $gt: new Date(now) } }],
  };
}
