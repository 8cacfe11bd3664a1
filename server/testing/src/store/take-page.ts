import type { Page } from '@tocsin/shared';

/** Takes up to `count` of the items that match. Reads no further. */
export function takeMatching<TItem>(
  items: Iterable<TItem>,
  matches: (item: TItem) => boolean,
  count: number,
): TItem[] {
  const taken: TItem[] = [];
  if (count <= 0) return taken;
  for (const item of items) {
    if (!matches(item)) continue;
    taken.push(item);
    if (taken.length >= count) break;
  }
  return taken;
}

/** Returns a page of items that were read with `limit + 1`. The cursor is the id of the last item. */
export function toPage<TItem extends { readonly id: string }, TView>(
  items: readonly TItem[],
  limit: number,
  map: (item: TItem) => TView,
): Page<TView> {
  const shown = items.slice(0, limit);
  return {
    items: shown.map(map),
    nextCursor: items.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}
