import type { Scope, SetLimitsInput } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../access.ts';
import type { Session } from '../session.ts';
import type { AgePage, AgePageRequest } from './page-request.ts';

/* Accounts, apps, API keys and sessions. All lists are by age, newest first. */

/** Narrows a list to objects with these words. */
export interface SearchFilter {
  /** Terms of `toSearchTerms`. An empty list finds nothing. Undefined: all objects. */
  readonly terms?: readonly string[] | undefined;
}

export interface AccountStore {
  insert(account: Account): Promise<void>;
  get(id: string): Promise<Account | undefined>;
  /** Returns the existing accounts. Unknown ids are missing. */
  getMany(ids: readonly string[]): Promise<Account[]>;
  list(filter: AccountListFilter, page: AgePageRequest): Promise<AgePage<Account>>;
  /** Changes the given limits. Null restores the default of the installation. */
  setLimits(id: string, limits: SetLimitsInput['limits']): Promise<void>;
}

export interface AccountListFilter extends SearchFilter {
  /** Only these accounts. Undefined: all. */
  readonly ids?: readonly string[] | undefined;
}

/** `accountId` undefined: all accounts. */
export interface AccountFilter {
  readonly accountId?: string | undefined;
}

export interface AppListFilter extends AccountFilter, SearchFilter {
  /** Only these apps. Undefined: all. */
  readonly ids?: readonly string[] | undefined;
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
  /** Returns the apps with the next higher ids, ascending. Undefined: from the lowest id. */
  listAfter(id: string | undefined, limit: number): Promise<App[]>;
  list(filter: AppListFilter, page: AgePageRequest): Promise<AgePage<App>>;
}

/** Narrows keys to those that a caller may see. */
export interface KeyFilter extends AccountFilter, SearchFilter {
  readonly appId?: string | undefined;
  /** Only keys that have no other scopes. */
  readonly scopesWithin?: readonly Scope[] | undefined;
}

export interface ApiKeyStore {
  /**
   * Inserts the key unless its account already has `accountLimit` keys that are neither revoked nor expired
   * when the key is created. Exact even if two calls race for the last place.
   */
  insert(key: ApiKey, accountLimit?: number): Promise<'inserted' | 'account_limit_reached'>;
  /**
   * Finds a key by its hash or its previous one. Includes expired and revoked keys. A key with a revoked ancestor
   * counts as revoked, even if the revocation has not reached it yet.
   */
  findByHash(hash: string): Promise<ApiKey | undefined>;
  get(id: string): Promise<ApiKey | undefined>;
  list(filter: KeyFilter, page: AgePageRequest): Promise<AgePage<ApiKey>>;
  /** Revokes a key and then its descendants. Can be repeated if it was interrupted. */
  revoke(id: string, at: number): Promise<KeyRevocation>;
  /** Whether one of these keys is revoked. */
  hasRevoked(ids: readonly string[]): Promise<boolean>;
  /** Replaces the secret. Returns false if the key was revoked or rotated meanwhile. */
  rotate(key: ApiKey, next: Pick<ApiKey, 'hash' | 'prefix' | 'previous'>): Promise<boolean>;
  /** Stores the last uses of keys, by id, epoch ms. Never moves one back in time. Callers collect uses. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>;
}

export interface KeyRevocation {
  /** False if the key does not exist or was revoked before. */
  readonly isRevoked: boolean;
  /** Number of descendants that this call revoked. */
  readonly descendants: number;
}

export interface SessionStore {
  insert(session: Session): Promise<void>;
  /** Returns the sessions with these ids that exist. */
  find(idHashes: readonly string[]): Promise<Session[]>;
  /** Ends one session. */
  delete(idHash: string): Promise<void>;
  /** Ends the sessions of a credential, except for the newest `keep`. */
  deleteOlder(credential: string, keep: number): Promise<void>;
}

/**
 * Gives words to objects that were stored before they had any, such as those of an older release. Until then, a search
 * does not find them.
 */
export interface SearchWordsStore {
  /** Gives words to up to `limit` accounts, apps and keys. Returns how many it changed. */
  fillWords(limit: number): Promise<number>;
}
