import type { Filter } from 'mongodb';
import type { Page } from '@tocsin/shared';
import type { ApiKey } from '../../../domain/access.ts';
import type { ApiKeyStore, KeyFilter, KeyRevocation } from '../../../domain/ports/access-stores.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import { toApiKey, toApiKeyDoc, toPreviousDoc, type ApiKeyDoc } from '../documents/account.ts';
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
    const doc = await this.#collections.keys.findOne({ $or: [{ hash }, { 'previous.hash': hash }] });
    if (doc === null) return undefined;
    const key = toApiKey(doc);
    if (key.revokedAt !== null || key.ancestorIds.length === 0) return key;
    const revokedAt = await this.#findRevocation(key.ancestorIds);
    return revokedAt === undefined ? key : { ...key, revokedAt };
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const doc = await this.#collections.keys.findOne({ _id: id });
    return doc ? toApiKey(doc) : undefined;
  }

  async list(filter: KeyFilter, { cursor, limit }: PageRequest): Promise<Page<ApiKey>> {
    const { appId, scopesWithin } = filter;
    const docs = await this.#collections.keys
      .find({
        ...toPageFilter(filter, cursor),
        ...(appId === undefined ? {} : { appId }),
        ...(scopesWithin === undefined
          ? {}
          : { scopes: { $not: { $elemMatch: { $nin: [...scopesWithin] } } } }),
      })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toApiKey, (doc) => doc._id);
  }

  /**
   * The key comes first: a descendant that is created meanwhile either is found by the second update, or finds
   * the key revoked.
   */
  async revoke(id: string, at: number): Promise<KeyRevocation> {
    const { keys } = this.#collections;
    const change = { $set: { revokedAt: new Date(at) } };
    const own = await keys.updateOne({ _id: id, revokedAt: null }, change);
    const descendants = await keys.updateMany({ ancestorIds: id, revokedAt: null }, change);
    if (own.modifiedCount + descendants.modifiedCount > 0) await this.#notifyConfigChange(id);
    return { isRevoked: own.modifiedCount === 1, descendants: descendants.modifiedCount };
  }

  async hasRevoked(ids: readonly string[]): Promise<boolean> {
    return (await this.#findRevocation(ids)) !== undefined;
  }

  async rotate(key: ApiKey, { hash, prefix, previous }: Pick<ApiKey, 'hash' | 'prefix' | 'previous'>) {
    const result = await this.#collections.keys.updateOne(
      { _id: key.id, hash: key.hash, revokedAt: null },
      previous === null
        ? { $set: { hash, prefix }, $unset: { previous: 1 } }
        : { $set: { hash, prefix, previous: toPreviousDoc(previous) } },
    );
    if (result.modifiedCount === 1) await this.#notifyConfigChange(key.id);
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

  /** Returns when the first of these keys was revoked. Undefined: none is revoked. */
  async #findRevocation(ids: readonly string[]): Promise<number | undefined> {
    const docs = await this.#collections.keys
      .find({ _id: { $in: [...ids] }, revokedAt: { $ne: null } })
      .toArray();
    const times = docs.flatMap(({ revokedAt }) => (revokedAt === null ? [] : [revokedAt.getTime()]));
    return times.length === 0 ? undefined : Math.min(...times);
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
