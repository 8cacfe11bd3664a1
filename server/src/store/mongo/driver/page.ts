import type { Page } from '@tocsin/shared';

/**
 * Returns a page of documents that were read with `limit + 1`. The extra document only shows that another
 * page exists. If fewer were found because reading stopped early, the next page continues at `examinedTo`.
 */
export function pageFrom<TDoc, TItem>(
  docs: readonly TDoc[],
  limit: number,
  map: (doc: TDoc) => TItem,
  toCursor: (doc: TDoc) => string,
  examinedTo?: string,
): Page<TItem> {
  const shown = docs.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(map),
    nextCursor: docs.length > limit && last !== undefined ? toCursor(last) : (examinedTo ?? null),
  };
}
