import type { RegisteredEventType } from '../registered-event-type.ts';

/** Stores the event types that were registered over the API. `accountId` null: those of all accounts. */
export interface EventTypeStore {
  /** Finds the types of a name that an account has: its own first, then that of all accounts. As a majority has them. */
  find(accountId: string, name: string): Promise<RegisteredEventType[]>;
  /** Returns those of the names that an account itself has registered. */
  getMany(accountId: string | null, names: readonly string[]): Promise<RegisteredEventType[]>;
  /** Returns types of an account itself by their names, ascending. */
  list(accountId: string | null, page: EventTypePage): Promise<RegisteredEventType[]>;
  /** Returns names of an account itself, ascending. */
  listNames(accountId: string | null, page: EventTypePage): Promise<string[]>;
  /**
   * Writes all types, or none: if one has another revision than before, or if the account would have more than
   * `limit` types.
   */
  write(
    accountId: string | null,
    types: readonly EventTypeWrite[],
    limit: number,
  ): Promise<'written' | 'conflict' | 'limit_reached'>;
  /** Returns false if there is no such type. */
  delete(accountId: string | null, name: string): Promise<boolean>;
}

export interface EventTypePage {
  /** Only names that start with it. Empty: all. */
  readonly prefix: string;
  /** Only names that contain it. Undefined: all. */
  readonly search?: string | undefined;
  /** Only names behind it. Undefined: from the first one. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** A new or changed type. */
export interface EventTypeWrite {
  readonly type: Omit<RegisteredEventType, 'revision'>;
  /** The revision that it replaces. Undefined: the type is new. */
  readonly before: number | undefined;
}
