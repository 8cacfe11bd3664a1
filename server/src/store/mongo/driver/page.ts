import type { Page } from '@tocsin/shared';

/** Cuts a result that was read with one item too many. The extra one only tells that there is a next page. */
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
