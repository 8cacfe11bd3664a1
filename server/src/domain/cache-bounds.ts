/** Bounds of an LRU cache, in the form that caches take. */
interface EntryLimit {
  readonly maxSize: number;
  readonly sizeCalculation: () => number;
}

const one = () => 1;

/**
 * Returns the options of a cache that has at most `entries`, and memory only for those that it has. With its option
 * `max`, a cache reserves the memory of all entries when it is created, and every start waits for that.
 */
export function atMost(entries: number): EntryLimit {
  return { maxSize: entries, sizeCalculation: one };
}
