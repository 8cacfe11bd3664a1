import type { Connection } from '../../../server/src/store/mongo/connection.ts';

/** What the stores are created with. */
export type Database = Pick<Connection, 'client' | 'db' | 'collections'>;

/** Calls of one method of a store. */
export type Calls = readonly (() => Promise<unknown>)[];

/** Calls by the names of classes and methods. */
export type CallsByStore = Readonly<Record<string, Readonly<Record<string, Calls>>>>;

/** Calls of each asynchronous method of a store. A new method without a row does not compile. */
export type StoreCalls<TStore> = {
  readonly [
    K in keyof TStore as TStore[K] extends (...args: never[]) => Promise<unknown> ? K : never
  ]-?: Calls;
};
