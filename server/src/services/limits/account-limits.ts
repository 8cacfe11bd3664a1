import { LRUCache } from 'lru-cache';
import {
  applyOverrides,
  getDefaultLimits,
  type AccountLimits,
} from '../../domain/account-limits.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';

/** Returns the limits of an account. A promise only for an account that is not cached. */
export type GetAccountLimits = (accountId: string) => AccountLimits | Promise<AccountLimits>;

export interface AccountLimitsOptions {
  readonly accounts: Pick<AccountStore, 'get'>;
  readonly defaults: AccountLimits;
  /** Monotonic time in ms. @default performance.now() */
  readonly now?: () => number;
}

interface Entry {
  limits: AccountLimits;
  readAt: number;
}

const maxAccounts = 10_000;

/** Older limits are read again in the background, so that a change takes effect within seconds. */
const freshMs = 5_000;

/** Caches the limits of accounts, which each call needs. */
export class CachedAccountLimits {
  readonly #options: AccountLimitsOptions;
  readonly #entries = new LRUCache<string, Entry>({ max: maxAccounts });

  constructor(options: AccountLimitsOptions) {
    this.#options = options;
  }

  readonly get: GetAccountLimits = (accountId) => {
    const entry = this.#entries.get(accountId);
    if (entry === undefined) return this.read(accountId);
    if (this.#now() - entry.readAt > freshMs) {
      // The next attempt is due after the same time, whether or not this one succeeds.
      entry.readAt = this.#now();
      this.read(accountId).catch(() => undefined);
    }
    return entry.limits;
  };

  /** Reads the limits from the database. */
  async read(accountId: string): Promise<AccountLimits> {
    const account = await this.#options.accounts.get(accountId);
    const limits = applyOverrides(this.getDefaults(accountId), account?.limits ?? {});
    this.#entries.set(accountId, { limits, readAt: this.#now() });
    return limits;
  }

  /** The limits of an account without its overrides. */
  getDefaults(accountId: string): AccountLimits {
    return getDefaultLimits(accountId, this.#options.defaults);
  }

  forget(accountId: string): void {
    this.#entries.delete(accountId);
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}
