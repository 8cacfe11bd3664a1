import type { App } from '../../../domain/access.ts';
import type { AppListFilter, AppStore, InsertAppResult } from '../../../domain/ports/access-stores.ts';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';
import type { AgePage, AgePageRequest } from '../../../domain/ports/page-request.ts';
import { toApp, toAppDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import { readSearchList } from '../driver/search-list.ts';
import { ConfigChanges } from '../changes/config-changes.ts';
import { hasRoom, type AccountRoom } from './account-room.ts';
import { toNarrowing } from './narrowing.ts';

export class MongoAppStore implements AppStore {
  readonly #collections: Collections;
  readonly #changes: ConfigChanges;

  /** @param changes - those of this process, which take turns. @default its own */
  constructor(collections: Collections, changes = new ConfigChanges(collections)) {
    this.#collections = collections;
    this.#changes = changes;
  }

  /**
   * Checks the tombstone and the limit, and inserts, in one transaction. A deletion moves the id from one
   * collection to the other in one transaction, so the id is in one of them in every snapshot.
   */
  async insert(app: App, accountLimit?: number): Promise<InsertAppResult> {
    const { apps, appDeletions } = this.#collections;
    const { accountId } = app;
    const room: AccountRoom = {
      accountId,
      limit: accountLimit,
      count: (limit, session) => apps.countDocuments({ accountId }, { limit, session }),
    };
    try {
      return await this.#changes.run(async (session) => {
        const nothing = (result: InsertAppResult) => ({ result, change: undefined });
        const tombstone = await appDeletions.findOne({ appId: app.id }, { projection: { _id: 1 }, session });
        if (tombstone !== null) return nothing('deleted');
        if (!(await hasRoom(this.#collections, room, session))) return nothing('account_limit_reached');
        await apps.insertOne(toAppDoc(app), { session });
        const change: ConfigChange = { collection: 'apps', id: app.id, appId: app.id };
        return { result: 'inserted' as const, change };
      });
    } catch (error) {
      if (isDuplicateKey(error)) return 'exists';
      throw error;
    }
  }

  async get(id: string): Promise<App | undefined> {
    const doc = await this.#collections.apps.findOne({ _id: id });
    return doc ? toApp(doc) : undefined;
  }

  /** Reads what a majority has: a failover must not undo what a process has cached. */
  async getMany(ids: readonly string[]): Promise<App[]> {
    const docs = await this.#collections.apps
      .find({ _id: { $in: [...ids] } }, { readConcern: 'majority' })
      .toArray();
    return docs.map(toApp);
  }

  async listAfter(id: string | undefined, limit: number): Promise<App[]> {
    const docs = await this.#collections.apps
      .find(id === undefined ? {} : { _id: { $gt: id } }, { readConcern: 'majority' })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return docs.map(toApp);
  }

  async list({ terms, ...filter }: AppListFilter, page: AgePageRequest): Promise<AgePage<App>> {
    return await readSearchList(this.#collections.apps, { ...toNarrowing(filter), terms }, page, toApp);
  }
}
