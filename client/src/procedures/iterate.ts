/** A page of a list, newest first. */
export interface ListPage<TItem> {
  readonly items: readonly TItem[];
  /** Pass as `cursor` to get the next page. Null on the last page. */
  readonly nextCursor: string | null;
}

/** A page of a list that can say how many items match. */
export interface CountedListPage<TItem> extends ListPage<TItem> {
  /** Number of all matches. Null if there are too many to count. Missing without `withTotal`. */
  readonly total?: number | null | undefined;
}

/**
 * Iterates over the items of all pages. Fetches each page when the previous one is used up.
 *
 * @param fetchPage fetches the page at a cursor; undefined is the first page
 */
export async function* iterate<TItem>(
  fetchPage: (cursor: string | undefined) => Promise<ListPage<TItem>>,
): AsyncGenerator<TItem, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await fetchPage(cursor);
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
