import type { Page } from '@tocsin/shared';
import type { App } from '../../../domain/access.ts';
import type { AccountFilter, AppStore } from '../../../domain/ports/access-stores.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import { toApp, toAppDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import { pageFrom } from '../driver/page.ts';
import { notifyConfigChange } from '../notifications/notify-config-change.ts';
import { toPageFilter } from './page-filter.ts';

export class MongoAppStore implements AppStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insert(app: App): Promise<boolean> {
    try {
      await this.#collections.apps.insertOne(toAppDoc(app));
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

  async delete(id: string): Promise<boolean> {
    const { deletedCount } = await this.#collections.apps.deleteOne({ _id: id });
    if (deletedCount === 1) await this.#notifyConfigChange(id);
    return deletedCount === 1;
  }

  async #notifyConfigChange(id: string): Promise<void> {
    await notifyConfigChange(this.#collections, { collection: 'apps', id, appId: id });
  }
}
