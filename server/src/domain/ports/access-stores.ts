import type { Page, SetLimitsInput } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../access.ts';
import type { PageRequest } from './page-request.ts';

/* Accounts, apps and API keys. All lists are newest first. */

export interface AccountStore {
  insert(account: Account): Promise<void>;
  get(id: string): Promise<Account | undefined>;
  list(page: PageRequest): Promise<Page<Account>>;
  /** Changes the given limits. Null restores the default of the installation. */
  setLimits(id: string, limits: SetLimitsInput['limits']): Promise<void>;
}

/** `accountId` undefined: all accounts. */
export interface AccountFilter {
  readonly accountId?: string | undefined;
}

/** `deleted`: a deleted app had the id. Nothing was inserted unless the result is `inserted`. */
export type InsertAppResult = 'inserted' | 'exists' | 'deleted' | 'account_limit_reached';

export interface AppStore {
  /**
   * Inserts the app unless its id exists, a deleted app had its id, or its account already has `accountLimit`
   * apps. Exact even if two calls race for the last place.
   */
  insert(app: App, accountLimit?: number): Promise<InsertAppResult>;
  get(id: string): Promise<App | undefined>;
  /** Returns the existing apps. Unknown ids are missing. */
  getMany(ids: readonly string[]): Promise<App[]>;
  list(filter: AccountFilter, page: PageRequest): Promise<Page<App>>;
}

export interface ApiKeyStore {
  /**
   * Inserts the key unless its account already has `accountLimit` keys that are neither revoked nor expired
   * when the key is created. Exact even if two calls race for the last place.
   */
  insert(key: ApiKey, accountLimit?: number): Promise<'inserted' | 'account_limit_reached'>;
  /** Includes expired and revoked keys. */
  findByHash(hash: string): Promise<ApiKey | undefined>;
  get(id: string): Promise<ApiKey | undefined>;
  list(filter: AccountFilter, page: PageRequest): Promise<Page<ApiKey>>;
  /** Returns false if the key does not exist or was revoked before. */
  revoke(id: string, at: number): Promise<boolean>;
  /** Stores the last uses of keys, by id, epoch ms. Never moves one back in time. Callers collect uses. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>;
}
