/** Groups items by a key, in their order. Node 20 has no `Map.groupBy`. */
export function groupBy<TItem, TKey>(
  items: readonly TItem[],
  toKey: (item: TItem) => TKey,
): Map<TKey, TItem[]> {
  const groups = new Map<TKey, TItem[]>();
  for (const item of items) {
    const key = toKey(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
