/** How to match each field of a filter. A field without a row does not compile, because a list would ignore it. */
export type FilterTable<TFilter, TItem> = {
  readonly [K in keyof TFilter]-?: (item: TItem, value: Exclude<TFilter[K], undefined>) => boolean;
};

/** Returns a function that tells whether an item matches all fields that are set. */
export function toPredicate<TFilter extends object, TItem>(
  table: FilterTable<TFilter, TItem>,
  filter: TFilter,
): (item: TItem) => boolean {
  const conditions: ((item: TItem) => boolean)[] = [];
  // `as`: the table has exactly the keys of the filter.
  for (const field of Object.keys(table) as (keyof TFilter)[]) {
    const value = filter[field];
    if (value === undefined) continue;
    // `as`: the compiler does not narrow an indexed access of a generic type.
    const wanted = value as Exclude<TFilter[typeof field], undefined>;
    conditions.push((item) => table[field](item, wanted));
  }
  return (item) => conditions.every((isMet) => isMet(item));
}
