import type { Page } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../access.ts';
import type { PageRequest } from './page-request.ts';

/* Accounts, apps and API keys. All lists are newest first. */

export interface AccountStore {
  insert(account: Account): Promise<void>;
  get(id: string): Promise<Account | undefined>;
  list(page: PageRequest): Promise<Page<Account>>;
}

/** `accountId` undefined: all accounts. */
export interface AccountFilter {
  readonly accountId?: string | undefined;
}

export interface AppStore {
  /** Returns `deleted` and inserts nothing if a deleted app had the id. */
  insert(app: App): Promise<'inserted' | 'exists' | 'deleted'>;
  get(id: string): Promise<App | undefined>;
  /** Returns the existing apps. Unknown ids are missing. */
  getMany(ids: readonly string[]): Promise<App[]>;
  list(filter: AccountFilter, page: PageRequest): Promise<Page<App>>;
}

export interface ApiKeyStore {
  insert(key: ApiKey): Promise<void>;
  /** Includes expired and revoked keys. */
  findByHash(hash: string): Promise<ApiKey | undefined>;
  get(id: string): Promise<ApiKey | undefined>;
  list(filter: AccountFilter, page: PageRequest): Promise<Page<ApiKey>>;
  /** Returns false if the key does not exist or was revoked before. */
  revoke(id: string, at: number): Promise<boolean>;
  /** Stores the last uses of keys, by id, epoch ms. Never moves one back in time. Callers collect uses. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>;
}
