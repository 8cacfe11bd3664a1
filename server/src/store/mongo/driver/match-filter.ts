/**
 * How to match each field of a filter, as a table. A field without a row does not compile: it would be accepted from
 * callers and ignored, and unfiltered data would be returned.
 */
export type FilterTable<TFilter, TMatch> = {
  readonly [K in keyof TFilter]-?: (value: Exclude<TFilter[K], undefined>) => TMatch;
};

/** The matches of the fields that the filter gives, in the order of the table. */
export function matchFilter<TFilter extends object, TMatch>(
  table: FilterTable<TFilter, TMatch>,
  filter: TFilter,
): TMatch[] {
  const matches: TMatch[] = [];
  // Object.keys returns strings: the table has the filter's keys and no others.
  for (const field of Object.keys(table) as (keyof TFilter)[]) {
    const value = filter[field];
    // The compiler does not narrow an indexed access of a generic type.
    if (value !== undefined) matches.push(table[field](value as Exclude<TFilter[typeof field], undefined>));
  }
  return matches;
}
