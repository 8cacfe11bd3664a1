import type { Filter } from 'mongodb';
import type { FilterTable } from './match-filter.ts';

/** An index that lists can use, and the fields of a filter that it answers. */
export interface ListIndex<TFilter extends object> {
  readonly hint: string;
  /** The index is used for filters that set all of these fields. Undefined: for every filter. */
  readonly needs?: readonly (keyof TFilter)[];
  /** Fields that the index answers without reading documents. */
  readonly answers: readonly (keyof TFilter)[];
  /**
   * Fields that come before the id in the index, with all of their values. A filter without the field names
   * them all, so that mongod merges their sorted ranges instead of sorting.
   */
  readonly enumerated?: Partial<Readonly<Record<keyof TFilter, object>>>;
}

/** How to read a list. */
export interface ListPlan {
  readonly hint: string;
  /** Conditions that the index answers. */
  readonly indexed: Filter<never>[];
  /** Conditions that need the documents. A page examines a bounded number of them. */
  readonly remaining: Filter<never>[];
  /** Fails while the index is being built, because the list would read the whole collection without it. */
  readonly isIndexRequired?: true | undefined;
}

/** Picks the first index that fits the filter. Every filter must fit one. */
export function planList<TFilter extends object>(
  table: FilterTable<TFilter, Filter<never>>,
  indexes: readonly ListIndex<TFilter>[],
  filter: TFilter,
): ListPlan {
  const index = indexes.find(({ needs = [] }) => needs.every((field) => filter[field] !== undefined));
  if (index === undefined) throw new Error('no index fits the filter');
  const indexed: Filter<never>[] = Object.entries(index.enumerated ?? {}).flatMap(([field, all]) =>
    // `as`: the keys of `enumerated` are fields of the filter, and its values are conditions.
    filter[field as keyof TFilter] === undefined ? [all as Filter<never>] : [],
  );
  const remaining: Filter<never>[] = [];
  // `as`: the table has exactly the keys of the filter. The compiler does not narrow the indexed access.
  for (const field of Object.keys(table) as (keyof TFilter)[]) {
    const value = filter[field];
    if (value === undefined) continue;
    const condition = table[field](value as Exclude<TFilter[typeof field], undefined>);
    if (Object.keys(condition).length === 0) continue;
    (index.answers.includes(field) ? indexed : remaining).push(condition);
  }
  return { hint: index.hint, indexed, remaining };
}
