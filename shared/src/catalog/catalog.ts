import type { CatalogEvent } from './event-definition.ts';

/** The same in every copy of the package, so that a server understands catalogs of any of them. */
export const catalogMark = Symbol.for('tocsin.catalog');

/** Why the server would reject an event. */
export interface EventFault {
  readonly code: 'UNKNOWN_EVENT' | 'INVALID_INPUT';
  readonly message: string;
}

/** A catalog of any events. */
export interface AnyCatalog {
  /** Exists only as a type. */
  readonly '~events': unknown;
  readonly names: readonly string[];
  readonly definitions: Readonly<Record<string, CatalogEvent>>;
  /**
   * Checks an event. A catalog brings its check, so that clients without one do not include it. Catalogs of
   * older versions of this package have none.
   */
  readonly '~findFault'?: (type: string, data: unknown) => EventFault | undefined;
}

/** A set of event types with their definitions. `E` is the flat map of events that everything is typed by. */
export interface Catalog<E> extends AnyCatalog {
  /** Exists only as a type. */
  readonly '~events': E;
  /** The event types, in the order of the definitions. */
  readonly names: readonly EventName<E>[];
}

/**
 * The flat map of events that a catalog is typed by: `{ 'invoice.paid': { input: ...; output: ... } }`. Takes
 * a catalog, or such a map itself, written by hand or generated.
 *
 * @example
 * export interface Acme extends EventsOf<typeof acme> {}
 */
export type EventsOf<TCatalog> = TCatalog extends Catalog<infer E> ? E : TCatalog;

/** The event types of a map of events. */
export type EventName<E> = Extract<keyof E, string>;

/** Whether a value is a catalog. Also recognizes those that another copy of this package made. */
export function isCatalog(value: unknown): value is AnyCatalog {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, catalogMark);
}

/** Returns the definition of an event type, or undefined if the catalog has none. */
export function findCatalogEvent(
  catalog: Pick<AnyCatalog, 'definitions'>,
  type: string,
): CatalogEvent | undefined {
  return Object.hasOwn(catalog.definitions, type) ? catalog.definitions[type] : undefined;
}
