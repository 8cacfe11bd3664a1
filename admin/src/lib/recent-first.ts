/** Matches of a search, with those first that were chosen lately. */
export interface RankedMatches<TItem> {
  /** Undefined while they load. */
  readonly items: readonly TItem[] | undefined;
  /** How many of the first items were chosen lately. */
  readonly recentCount: number;
  /** Whether the server has more. */
  readonly hasMore: boolean;
  /** Whether the items belong to an earlier search, or can still change their order. */
  readonly isOutdated: boolean;
  readonly error: unknown;
}

/** Puts the recent items before the others, in the order of their ids in `recentIds`. */
export function putRecentFirst<TItem extends { readonly id: string }>(
  items: readonly TItem[] | undefined,
  recent: readonly TItem[],
  recentIds: readonly string[],
): Pick<RankedMatches<TItem>, 'items' | 'recentCount'> {
  if (items === undefined) return { items: undefined, recentCount: 0 };
  const first = recentIds.flatMap((id) => recent.find((item) => item.id === id) ?? []);
  const rest = items.filter(({ id }) => first.every((item) => item.id !== id));
  return { items: [...first, ...rest], recentCount: first.length };
}
