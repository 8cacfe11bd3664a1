/**
 * How to match each field of a filter. A field without a row does not compile. Callers could set it, and
 * would get unfiltered data.
 */
export type FilterTable<TFilter, TMatch> = {
  readonly [K in keyof TFilter]-?: (value: Exclude<TFilter[K], undefined>) => TMatch;
};

/** Returns the matches of the fields that are set, in the order of the table. */
export function matchFilter<TFilter extends object, TMatch>(
  table: FilterTable<TFilter, TMatch>,
  filter: TFilter,
): TMatch[] {
  const matches: TMatch[] = [];
  // Object.keys returns strings. The table has exactly the keys of the filter.
  for (const field of Object.keys(table) as (keyof TFilter)[]) {
    const value = filter[field];
    // The compiler does not narrow an indexed access of a generic type.
    if (value !== undefined) matches.push(table[field](value as Exclude<TFilter[typeof field], undefined>));
  }
  return matches;
}
