// Without a schema library: the schemas of a catalog bring their own.
import { catalogMark, isCatalog, type AnyCatalog, type Catalog, type EventsOf } from './catalog.ts';
import { toCatalogEvent, type CatalogEvent, type Downcast } from './event-definition.ts';
import type { DataOf, Sides } from './event-map.ts';
import { findEventFault } from './find-event-fault.ts';
import { findEventTypeNameFault, quoteName, type EventTypeNameFault } from './event-type-name.ts';
import type { Presentation } from './presentation.ts';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts';

/** The definition of one event type. */
export interface EventTypeInput<TSchema extends StandardSchema, TName = string> {
  /** When the event is sent, in one sentence. */
  readonly description: string;
  /** The schema of `data`: zod, or any Standard Schema that validates synchronously. */
  readonly schema: TSchema;
  /** A realistic `data` that the schema accepts, as JSON. */
  readonly example: DataOf<TName, NoInfer<SchemaInput<TSchema>>>;
  /**
   * A whole number from 1. Raise it for a change that breaks receivers.
   * @default 1
   */
  readonly version?: number | undefined;
  /**
   * The message for chat services.
   * @default a generic message
   */
  readonly presentation?: Presentation<FieldOf<TSchema>> | undefined;
  /**
   * Fields of `data` whose values the search finds, at most 20: names, or paths such as `customer.email`.
   * @default those that the JSON Schema of `schema` marks with `x-searchable`
   */
  readonly searchable?: readonly (FieldOf<TSchema> | `${FieldOf<TSchema>}.${string}`)[] | undefined;
  /**
   * Functions that render `data` for webhooks that are pinned to an older version, by that version.
   * @default none
   */
  readonly downcast?: { readonly [version: number]: Downcast<NoInfer<SchemaInput<TSchema>>> } | undefined;
}

type FieldOf<TSchema extends StandardSchema> = Extract<keyof Fields<NoInfer<SchemaInput<TSchema>>>, string>;

// Through a conditional: the result has no alias, so hovers and declarations show plain fields without zod.
type Fields<T> = T extends object ? { [K in keyof T as string extends K ? never : K]: T[K] } : never;

// Not exported on purpose: declarations cannot name it, so they have `Sides<{...}, {...}>` instead.
type SidesOf<TSchema extends StandardSchema> = Sides<
  Fields<SchemaInput<TSchema>>,
  Fields<SchemaOutput<TSchema>>
>;

/**
 * Defines the event types of a catalog. Types of publishers, webhooks and receivers follow from it.
 *
 * @throws TypeError if a name, a description, an example or a version is invalid; the message names the event
 * @example
 * export const acme = defineCatalog({
 *   'invoice.paid': {
 *     description: 'An invoice is paid in full.',
 *     schema: z.object({ invoiceId: z.string(), amount: z.int() }),
 *     example: { invoiceId: 'inv_1', amount: 4200 },
 *   },
 * });
 */
export function defineCatalog<const T extends Record<string, StandardSchema>>(definitions: {
  // A fault is a sentence in the place of the type, so that it is in the first line of the error.
  readonly [K in keyof T]: [EventTypeNameFault<K>] extends [never]
    ? EventTypeInput<T[K], K>
    : EventTypeNameFault<K>;
}): Catalog<{ [K in keyof T]: SidesOf<T[K]> }> {
  const entries = Object.entries(definitions).map(([name, definition]): [string, CatalogEvent] => {
    const fault = findEventTypeNameFault(name);
    if (fault !== undefined) throw new TypeError(fault);
    return [name, toCatalogEvent(name, definition)];
  });
  return toCatalog(entries);
}

type Clash<TCatalogs extends readonly unknown[], TSeen = never> = TCatalogs extends readonly [
  infer H,
  ...infer R,
]
  ? Extract<keyof EventsOf<H>, TSeen> | Clash<R, TSeen | keyof EventsOf<H>>
  : never;
type Merged<TCatalogs extends readonly unknown[]> = TCatalogs extends readonly [infer H, ...infer R]
  ? EventsOf<H> & Merged<R>
  : unknown;
type Flat<T> = { [K in keyof T]: T[K] };

/**
 * Joins catalogs into one.
 *
 * @throws TypeError if two of them define the same event type; the message names it
 * @example
 * export const all = mergeCatalogs(billing, shipping);
 */
export function mergeCatalogs<const T extends readonly AnyCatalog[]>(
  ...catalogs: {
    [I in keyof T]: [Clash<T>] extends [never] ? T[I] : `two definitions of '${Clash<T> & string}'`;
  }
): Catalog<Flat<Merged<T>>> {
  const entries = catalogs.flatMap((catalog, index): [string, CatalogEvent][] => {
    if (isCatalog(catalog)) return Object.entries(catalog.definitions);
    throw new TypeError(
      `argument ${index + 1} of mergeCatalogs is not a catalog: pass results of defineCatalog`,
    );
  });
  return toCatalog(entries);
}

/** @throws TypeError if a name occurs twice */
function toCatalog<E>(entries: readonly (readonly [string, CatalogEvent])[]): Catalog<E> {
  const definitions: Record<string, CatalogEvent> = {};
  for (const [name, definition] of entries) {
    if (Object.hasOwn(definitions, name)) throw new TypeError(`two definitions of ${quoteName(name)}`);
    definitions[name] = definition;
  }
  const catalog = {
    [catalogMark]: 1,
    names: Object.freeze(Object.keys(definitions)),
    definitions: Object.freeze(definitions),
    '~findFault': (type: string, data: unknown) => findEventFault({ definitions }, type, data),
  };
  // `~events` exists only as a type, and the caller's type parameters say which names there are.
  return Object.freeze(catalog) as unknown as Catalog<E>;
}
