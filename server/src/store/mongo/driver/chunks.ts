/**
 * Ids that one command names. A command is limited to 16 MB, which 300,000 delivery ids exceed, and a list of
 * this length is read within its time limit.
 */
const idsPerCommand = 5_000;

/** Splits a list into parts of at most `size` items. */
export function* toChunks<TItem>(items: readonly TItem[], size = idsPerCommand): Generator<TItem[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Reads what belongs to `ids` with as many commands as the ids need, and joins the results. */
export async function findInChunks<TItem>(
  ids: readonly string[],
  find: (ids: string[]) => Promise<TItem[]>,
): Promise<TItem[]> {
  const found: TItem[] = [];
  // One by one: commands in parallel would take the connections of other calls.
  for (const chunk of toChunks(ids)) for (const item of await find(chunk)) found.push(item);
  return found;
}
