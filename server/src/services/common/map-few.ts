/** Calls at a time. A read that passes the gate of reads takes about one connection of the database. */
const width = 4;

/** Like `Promise.all` of a map, with few calls at a time. */
export async function mapFew<T, TResult>(
  items: readonly T[],
  call: (item: T) => Promise<TResult>,
): Promise<TResult[]> {
  const results: TResult[] = [];
  for (let start = 0; start < items.length; start += width) {
    results.push(...(await Promise.all(items.slice(start, start + width).map(call))));
  }
  return results;
}
