import type { SetLimitsInput } from '@tocsin/shared';
import type { Account } from '../../../../src/domain/access.ts';
import type { AccountListFilter, AccountStore } from '../../../../src/domain/ports/access-stores.ts';
import type { AgePage, AgePageRequest } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { copyMany, copyOne, copyAgePage, hasTerms, insertNew } from '../read-map.ts';

export class MemoryAccountStore implements AccountStore {
  readonly #config: Pick<MemoryConfig, 'accounts' | 'changes'>;

  constructor(config: Pick<MemoryConfig, 'accounts' | 'changes'>) {
    this.#config = config;
  }

  async insert({ id, name, createdAt }: Account): Promise<void> {
    insertNew(this.#config.accounts, id, { id, name, createdAt });
  }

  async get(id: string): Promise<Account | undefined> {
    return copyOne(this.#config.accounts, id);
  }

  async getMany(ids: readonly string[]): Promise<Account[]> {
    return copyMany(this.#config.accounts, ids);
  }

  async list({ ids, terms }: AccountListFilter, page: AgePageRequest): Promise<AgePage<Account>> {
    return copyAgePage(
      this.#config.accounts.values(),
      page,
      (account) => (ids?.includes(account.id) ?? true) && hasTerms(account, terms),
    );
  }

  async setLimits(id: string, limits: SetLimitsInput['limits']): Promise<void> {
    const { accounts, changes } = this.#config;
    const account = accounts.get(id);
    if (account !== undefined) {
      const next: Record<string, number | 'unlimited'> = { ...account.limits };
      for (const [name, limit] of Object.entries(limits)) {
        if (limit === null) delete next[name];
        else if (limit !== undefined) next[name] = limit;
      }
      accounts.set(id, { ...account, limits: next });
    }
    changes.record({ collection: 'accounts', id, appId: undefined });
  }
}
