import type { Page } from '@tocsin/shared';

/**
 * Returns a page of documents that were read with `limit + 1`. The extra document only shows that another
 * page exists.
 */
export function pageFrom<TDoc, TItem>(
  docs: readonly TDoc[],
  limit: number,
  map: (doc: TDoc) => TItem,
  toCursor: (doc: TDoc) => string,
): Page<TItem> {
  const shown = docs.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(map),
    nextCursor: docs.length > limit && last !== undefined ? toCursor(last) : null,
  };
}

/** Continues a page that is not full at `examinedTo`, because reading stopped there. */
export function continueAt<TItem>(page: Page<TItem>, examinedTo: string | undefined): Page<TItem> {
  return { ...page, nextCursor: page.nextCursor ?? examinedTo ?? null };
}
