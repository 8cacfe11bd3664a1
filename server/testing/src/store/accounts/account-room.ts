/** Counts the values that match. */
export function countValues<T>(map: ReadonlyMap<string, T>, matches: (value: T) => boolean): number {
  let count = 0;
  for (const value of map.values()) if (matches(value)) count++;
  return count;
}

/** Whether there may be another one. Undefined: there is no limit. */
export function hasRoom(count: number, limit: number | undefined): boolean {
  return limit === undefined || count < limit;
}
