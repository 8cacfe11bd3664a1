import type { Page } from '@tocsin/shared';
import type { AcceptedEvent } from '../event.ts';
import type { PageRequest } from './page-request.ts';

/** Finds events by a searchable value. An index answers every call. */
export interface SearchStore {
  /** Returns the accounts that have events with a value, by id. */
  listAccountsWithValue(value: string, limit: number): Promise<string[]>;
  /** Returns events with a value, newest first. */
  listEventsWithValue(choice: ValueChoice, page: PageRequest): Promise<Page<AcceptedEvent>>;
  /** Counts the events of an account with a value, up to `limit`. */
  countEventsWithValue(value: string, accountId: string, limit: number): Promise<number>;
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
