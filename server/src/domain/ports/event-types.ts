import type { EventType } from '../event-type.ts';

/** The event types of each account: the built-in ones, those of catalog files, and the registered ones. */
export interface EventTypes {
  /** Finds an event type that an account can use. Returns it synchronously if it is cached. */
  find(accountId: string, name: string): EventType | undefined | Promise<EventType | undefined>;
  /** Returns names of event types that an account can publish, for messages. With many types, those near a name. */
  listNames(accountId: string, near: string): Promise<readonly string[]>;
  /** Returns the event types that all accounts have, in the order of their catalogs. */
  listCommon(): readonly EventType[];
}
