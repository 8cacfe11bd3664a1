import type { Filter } from 'mongodb';
import type { ApiKey } from '../../../domain/access.ts';
import type { ApiKeyStore, KeyFilter, KeyRevocation } from '../../../domain/ports/access-stores.ts';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';
import type { AgePage, AgePageRequest } from '../../../domain/ports/page-request.ts';
import { toApiKey, toApiKeyDoc, toPreviousDoc, type ApiKeyDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { readSearchList } from '../driver/search-list.ts';
import { hasRoom, type AccountRoom } from './account-room.ts';
import { ConfigChanges } from '../changes/config-changes.ts';
import { toNarrowing } from './narrowing.ts';

export class MongoApiKeyStore implements ApiKeyStore {
  readonly #collections: Collections;
  readonly #changes: ConfigChanges;

  /** @param changes - those of this process, which take turns. @default its own */
  constructor(collections: Collections, changes = new ConfigChanges(collections)) {
    this.#collections = collections;
    this.#changes = changes;
  }

  async insert(key: ApiKey, accountLimit?: number): Promise<'inserted' | 'account_limit_reached'> {
    const { keys } = this.#collections;
    const room: AccountRoom = {
      accountId: key.accountId,
      limit: accountLimit,
      count: (limit, session) =>
        keys.countDocuments(toLivingFilter(key.accountId, key.createdAt), { limit, session }),
    };
    return await this.#changes.run(async (session) => {
      if (!(await hasRoom(this.#collections, room, session))) {
        return { result: 'account_limit_reached' as const, change: undefined };
      }
      await keys.insertOne(toApiKeyDoc(key), { session });
      return { result: 'inserted' as const, change: toChange(key.id) };
    });
  }

  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const doc = await this.#collections.keys.findOne(
      { $or: [{ hash }, { 'previous.hash': hash }] },
      // A failover must not undo what a process has cached.
      { readConcern: 'majority' },
    );
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

  async list(filter: KeyFilter, page: AgePageRequest): Promise<AgePage<ApiKey>> {
    const { appId, scopesWithin, terms } = filter;
    const narrowing = toNarrowing({ accountId: filter.accountId });
    const rest: Filter<ApiKeyDoc>[] = [
      ...(appId === undefined ? [] : [{ appId }]),
      ...(scopesWithin === undefined
        ? []
        : [{ scopes: { $not: { $elemMatch: { $nin: [...scopesWithin] } } } }]),
    ];
    // `as`: the conditions are of fields of the documents.
    const list = { ...narrowing, rest: rest as Filter<never>[], terms };
    return await readSearchList(this.#collections.keys, list, page, toApiKey);
  }

  /**
   * The key comes first, in a transaction of its own: a descendant that is created meanwhile either is found by
   * the second update, or finds the key revoked. Until then, `findByHash` returns descendants as revoked.
   */
  async revoke(id: string, at: number): Promise<KeyRevocation> {
    const { keys } = this.#collections;
    const change = { $set: { revokedAt: new Date(at) } };
    const isRevoked = await this.#changes.run(async (session) => {
      const { modifiedCount } = await keys.updateOne({ _id: id, revokedAt: null }, change, { session });
      return { result: modifiedCount === 1, change: modifiedCount === 1 ? toChange(id) : undefined };
    });
    const descendants = await keys.updateMany({ ancestorIds: id, revokedAt: null }, change);
    if (!isRevoked && descendants.modifiedCount > 0) {
      await this.#changes.run(() => Promise.resolve({ result: true, change: toChange(id) }));
    }
    return { isRevoked, descendants: descendants.modifiedCount };
  }

  async hasRevoked(ids: readonly string[]): Promise<boolean> {
    return (await this.#findRevocation(ids)) !== undefined;
  }

  async rotate(key: ApiKey, { hash, prefix, previous }: Pick<ApiKey, 'hash' | 'prefix' | 'previous'>) {
    return await this.#changes.run(async (session) => {
      const { modifiedCount } = await this.#collections.keys.updateOne(
        { _id: key.id, hash: key.hash, revokedAt: null },
        previous === null
          ? { $set: { hash, prefix }, $unset: { previous: 1 } }
          : { $set: { hash, prefix, previous: toPreviousDoc(previous) } },
        { session },
      );
      return { result: modifiedCount === 1, change: modifiedCount === 1 ? toChange(key.id) : undefined };
    });
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

  /**
   * Returns when the first of these keys was revoked. Undefined: all are valid. A missing key was revoked so long
   * ago that it has been removed.
   */
  async #findRevocation(ids: readonly string[]): Promise<number | undefined> {
    const docs = await this.#collections.keys
      .find({ _id: { $in: [...ids] } })
      .project<Pick<ApiKeyDoc, 'revokedAt'>>({ revokedAt: 1 })
      .toArray();
    const times = docs.flatMap(({ revokedAt }) => (revokedAt === null ? [] : [revokedAt.getTime()]));
    if (docs.length < ids.length) times.push(0);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

function toChange(id: string): ConfigChange {
  return { collection: 'keys', id, appId: undefined };
}

/** The keys of an account that are neither revoked nor expired. */
export function toLivingFilter(accountId: string, now: number): Filter<ApiKeyDoc> {
  return {
    accountId,
    revokedAt: null,
    $or: [{ expiresAt: null }, { expiresAt: { $gt: new Date(now) } }],
  };
}
