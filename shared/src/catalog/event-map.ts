import type { EventName } from './catalog.ts';

/**
 * The two sides of an event. `input` is what a publisher gives and what is on the wire, `output` what a
 * receiver gets from the schema: with its defaults and transforms applied.
 */
export interface Sides<TInput extends object, TOutput extends object = TInput> {
  readonly input: TInput;
  readonly output: TOutput;
}

/** A mapped alias with the event first, so that errors say `DataOf<"invoice.paid", ...>`. */
export type DataOf<_TName, TData> = { [P in keyof TData]: TData[P] };

/** The `data` that a publisher gives for one event. */
export type InputData<K extends keyof E, E> = E[K] extends { readonly input: infer I } ? DataOf<K, I> : never;

/** The intersection of a union. A single type is its own intersection. */
type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;

/**
 * The `data` that a publisher gives for an event. If `K` is a union, the data has to fit every member, because it is
 * not known which one is published. It is a sentence if no data does.
 */
export type EventData<K, E> = [K] extends [keyof E]
  ? [K] extends [Intersection<K>]
    ? InputData<K, E>
    : SharedData<MemberData<K, E>>
  : never;

type MemberData<K, E> = K extends keyof E ? InputData<K, E> : never;

type SharedData<TData> = [TData] extends [Intersection<TData>]
  ? TData
  : 'the type is a union of events: narrow it, or publish { type, data } pairs';

/** The `data` on the wire: what a receiver gets without the schema. */
export type WireData<TSides> = TSides extends { readonly wire: infer W }
  ? W
  : TSides extends { readonly input: infer I }
    ? I
    : never;

/** The `data` that a receiver gets from the schema. */
export type ParsedData<TSides> = TSides extends { readonly output: infer O } ? O : never;

/** Looked at for a misspelled name only: the names that share its longest beginning. */
type NearName<
  TName extends string,
  TNames extends string,
  THead extends string = '',
  TLast extends string = never,
> = TName extends `${infer C}${infer R}`
  ? Extract<TNames, `${THead}${C}${string}`> extends infer Found extends string
    ? [Found] extends [never]
      ? TLast
      : NearName<R, TNames, `${THead}${C}`, Found>
    : never
  : TLast;

/**
 * The parameter `type` of a function that publishes, for an argument `K`. If `K` is no event, it is the names
 * that are near to it, because the compiler suggests none for arguments.
 *
 * @example
 * function publish<K extends EventName<Acme>>(type: NameArg<K, EventName<Acme>>, data: EventData<K, Acme>) {
 *   return tocsin.publish<K>(type, { appId, data });
 * }
 */
export type NameArg<K extends string, TNames extends string> = K extends TNames
  ? K
  : [NearName<K, TNames>] extends [never]
    ? TNames
    : NearName<K, TNames>;

type Prefixes<TName extends string> = TName extends `${infer H}.${infer T}`
  ? `${H}.*` | `${H}.${Prefixes<T>}`
  : never;

/** Selects events: a name, `invoice.*`, or `*`. Patterns also select types that are added later. */
export type EventSelector<E> = '*' | EventName<E> | Prefixes<EventName<E>>;

/** The event types that a selector selects. Asks for the exact name first, because patterns are slow. */
export type SelectedName<E, TSelector> = TSelector extends keyof E
  ? TSelector
  : TSelector extends '*'
    ? keyof E
    : TSelector extends `${infer H}.*`
      ? Extract<keyof E, `${H}.${string}`>
      : never;

/** A name of the catalog as a suggestion. Any other text is possible, because the server may be newer. */
export type SuggestedName<E> = EventName<E> | (string & {});
