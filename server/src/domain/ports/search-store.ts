import type { Page } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../access.ts';
import type { AcceptedEvent } from '../event.ts';
import type { Webhook } from '../webhook.ts';
import type { PageRequest } from './page-request.ts';

/**
 * Finds objects by the start of a word of their id, name, host or description, in the order of the words that match.
 * Finds events by a searchable value. An index answers every call.
 */
export interface SearchStore {
  findAccounts(prefix: string, limit: number): Promise<Account[]>;
  findApps(choice: TermChoice, limit: number): Promise<App[]>;
  findKeys(choice: TermChoice, limit: number): Promise<ApiKey[]>;
  findWebhooks(
    choice: TermChoice & { readonly appId?: string | undefined },
    limit: number,
  ): Promise<Webhook[]>;
  /** Returns the accounts that have events with a value, by id. */
  listAccountsWithValue(value: string, limit: number): Promise<string[]>;
  /** Returns events with a value, newest first. */
  listEventsWithValue(choice: ValueChoice, page: PageRequest): Promise<Page<AcceptedEvent>>;
  /** Counts the events of an account with a value, up to `limit`. */
  countEventsWithValue(value: string, accountId: string, limit: number): Promise<number>;
}

export interface TermChoice {
  /** See `toSearchPrefix`. */
  readonly prefix: string;
  /** Undefined: objects of all accounts. */
  readonly accountId?: string | undefined;
}

export interface ValueChoice {
  /** See `toSearchValue`. */
  readonly value: string;
  /** At most 20, because the events of each are read. */
  readonly accountIds: readonly string[];
  /** Undefined: of all apps. */
  readonly appId?: string | undefined;
  /** Deleted apps whose events are not erased yet. */
  readonly excludedAppIds: readonly string[];
}
