/** Names that a message suggests, at most. */
const maxNear = 3;

/**
 * Returns the known names that are near to a misspelled one, the nearest first.
 *
 * @param maxDistance characters to insert, remove or replace, at most
 */
export function findNearNames(name: string, known: readonly string[], maxDistance: number): string[] {
  return known
    .map((other) => ({ other, distance: toDistance(name, other) }))
    .filter(({ distance }) => distance <= maxDistance)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxNear)
    .map(({ other }) => other);
}

/** The number of characters to insert, remove or replace (Levenshtein distance). */
function toDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
