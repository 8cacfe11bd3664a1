import type { Page } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../access.ts';
import type { PageRequest } from './page-request.ts';

/* Who may call: what the services of accounts, apps and keys need stored, and what each call is judged by. */

export interface AccountStore {
  insert(account: Account): Promise<void>;
  get(id: string): Promise<Account | undefined>;
  list(page: PageRequest): Promise<Page<Account>>;
}

export interface AppStore {
  /** False when the id is taken. */
  insert(app: App): Promise<boolean>;
  get(id: string): Promise<App | undefined>;
  list(filter: { accountId?: string | undefined }, page: PageRequest): Promise<Page<App>>;
  delete(id: string): Promise<boolean>;
}

export interface ApiKeyStore {
  insert(key: ApiKey): Promise<void>;
  findByHash(hash: string): Promise<ApiKey | undefined>;
  get(id: string): Promise<ApiKey | undefined>;
  list(filter: { accountId?: string | undefined }, page: PageRequest): Promise<Page<ApiKey>>;
  revoke(id: string, at: number): Promise<boolean>;
  /** Last use of keys, written now and then, not on every call. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>;
}
