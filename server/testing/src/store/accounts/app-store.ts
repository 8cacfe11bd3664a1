import type { App } from '../../../../src/domain/access.ts';
import type { AppListFilter, AppStore, InsertAppResult } from '../../../../src/domain/ports/access-stores.ts';
import type { AgePage, AgePageRequest } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { compareText, copyMany, copyOne, copyAgePage, hasTerms } from '../read-map.ts';
import { countValues, hasRoom } from './account-room.ts';

export class MemoryAppStore implements AppStore {
  readonly #config: Pick<MemoryConfig, 'apps' | 'appDeletions' | 'changes'>;

  constructor(config: Pick<MemoryConfig, 'apps' | 'appDeletions' | 'changes'>) {
    this.#config = config;
  }

  async insert(app: App, accountLimit?: number): Promise<InsertAppResult> {
    const { apps, appDeletions, changes } = this.#config;
    const { id, accountId, name, createdAt } = app;
    if (countValues(appDeletions, ({ appId }) => appId === id) > 0) return 'deleted';
    const count = countValues(apps, (other) => other.accountId === accountId);
    if (!hasRoom(count, accountLimit)) return 'account_limit_reached';
    if (apps.has(id)) return 'exists';
    apps.set(id, { id, accountId, name, createdAt });
    changes.record({ collection: 'apps', id, appId: id });
    return 'inserted';
  }

  async get(id: string): Promise<App | undefined> {
    return copyOne(this.#config.apps, id);
  }

  async getMany(ids: readonly string[]): Promise<App[]> {
    return copyMany(this.#config.apps, ids);
  }

  async listAfter(id: string | undefined, limit: number): Promise<App[]> {
    const ids = [...this.#config.apps.keys()].filter((other) => id === undefined || other > id);
    return copyMany(this.#config.apps, ids.sort(compareText).slice(0, limit));
  }

  async list({ accountId, ids, terms }: AppListFilter, page: AgePageRequest): Promise<AgePage<App>> {
    return copyAgePage(
      this.#config.apps.values(),
      page,
      (app) =>
        (accountId === undefined || app.accountId === accountId) &&
        (ids?.includes(app.id) ?? true) &&
        hasTerms(app, terms),
    );
  }
}
