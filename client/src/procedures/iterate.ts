/** A page of a list, as every list of the server answers. */
export interface ListPage<TItem> {
  readonly items: readonly TItem[];
  readonly nextCursor: string | null;
}

/**
 * All items of a list, page after page; a page is asked for when the one before is used up. `fetchPage` gets the cursor
 * of the page, undefined for the first.
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
