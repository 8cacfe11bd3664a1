import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import { BatchLoader } from '../../batching/batch-loader.ts';
import type { Account } from '../../domain/access.ts';
import { applyOverrides, getDefaultLimits, type AccountLimits } from '../../domain/account-limits.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';

/** Returns the limits of an account. A promise only for an account that is not cached. */
export type GetAccountLimits = (accountId: string) => AccountLimits | Promise<AccountLimits>;

export interface AccountLimitsOptions {
  readonly accounts: Pick<AccountStore, 'getMany'>;
  readonly defaults: AccountLimits;
}

const maxAccounts = 20_000;

/** Also covers what is changed by hand in the database, which the change log does not contain. */
const maxAgeMs = 60 * 60 * 1000;

/** Accounts in one query, and concurrent queries. */
const maxBatch = 500;
const maxConcurrent = 2;

/** Caches the limits of accounts, which each call needs, until they change. */
export class CachedAccountLimits {
  readonly #options: AccountLimitsOptions;
  readonly #limits = new LRUCache<string, AccountLimits>({
    ...atMost(maxAccounts),
    ttl: maxAgeMs,
    ttlResolution: 1_000,
  });
  readonly #loading = new Map<string, Promise<AccountLimits>>();
  readonly #overrides: BatchLoader<Account>;

  constructor(options: AccountLimitsOptions) {
    this.#options = options;
    this.#overrides = new BatchLoader({
      load: async (ids) =>
        new Map((await options.accounts.getMany(ids)).map((account) => [account.id, account])),
      maxBatch,
      maxConcurrent,
    });
  }

  readonly get: GetAccountLimits = (accountId) =>
    this.#limits.get(accountId) ?? this.#loading.get(accountId) ?? this.read(accountId);

  /** Reads the limits from the database. A read during which a change arrives is not cached. */
  read(accountId: string): Promise<AccountLimits> {
    const loading = this.#load(accountId).finally(() => {
      if (this.#loading.get(accountId) === loading) this.#loading.delete(accountId);
    });
    this.#loading.set(accountId, loading);
    return loading;
  }

  async #load(accountId: string): Promise<AccountLimits> {
    const account = await this.#overrides.load(accountId);
    const limits = applyOverrides(this.getDefaults(accountId), account?.limits ?? {});
    if (this.#loading.has(accountId)) this.#limits.set(accountId, limits);
    return limits;
  }

  /** The limits of an account without its overrides. */
  getDefaults(accountId: string): AccountLimits {
    return getDefaultLimits(accountId, this.#options.defaults);
  }

  /** Drops the limits of an account after a change; without an id, of all accounts. */
  forget(accountId: string | undefined): void {
    if (accountId === undefined) {
      this.#limits.clear();
      this.#loading.clear();
      return;
    }
    this.#limits.delete(accountId);
    this.#loading.delete(accountId);
  }
}
