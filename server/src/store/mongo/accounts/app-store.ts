import type { MongoClient } from 'mongodb';
import type { Page } from '@tocsin/shared';
import type { App } from '../../../domain/access.ts';
import type { AccountFilter, AppStore, InsertAppResult } from '../../../domain/ports/access-stores.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import { toApp, toAppDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import { pageFrom } from '../driver/page.ts';
import { notifyConfigChange } from '../notifications/notify-config-change.ts';
import { hasRoom, type AccountRoom } from './account-room.ts';
import { toPageFilter } from './page-filter.ts';

export class MongoAppStore implements AppStore {
  readonly #client: MongoClient;
  readonly #collections: Collections;

  constructor(client: MongoClient, collections: Collections) {
    this.#client = client;
    this.#collections = collections;
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
      const result = await this.#client.withSession((session) =>
        session.withTransaction(async () => {
          const tombstone = await appDeletions.findOne(
            { appId: app.id },
            { projection: { _id: 1 }, session },
          );
          if (tombstone !== null) return 'deleted' as const;
          if (!(await hasRoom(this.#collections, room, session))) return 'account_limit_reached' as const;
          await apps.insertOne(toAppDoc(app), { session });
          return 'inserted' as const;
        }),
      );
      if (result === 'inserted') {
        await notifyConfigChange(this.#collections, { collection: 'apps', id: app.id, appId: app.id });
      }
      return result;
    } catch (error) {
      if (isDuplicateKey(error)) return 'exists';
      throw error;
    }
  }

  async get(id: string): Promise<App | undefined> {
    const doc = await this.#collections.apps.findOne({ _id: id });
    return doc ? toApp(doc) : undefined;
  }

  async getMany(ids: readonly string[]): Promise<App[]> {
    const docs = await this.#collections.apps.find({ _id: { $in: [...ids] } }).toArray();
    return docs.map(toApp);
  }

  async list(filter: AccountFilter, { cursor, limit }: PageRequest): Promise<Page<App>> {
    const docs = await this.#collections.apps
      .find(toPageFilter(filter, cursor))
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toApp, (doc) => doc._id);
  }
}
