import { maxTotal, type Page } from '@tocsin/shared';
import type {
  AgePage,
  AgePageRequest,
  AgePosition,
  PageRequest,
} from '../../../src/domain/ports/page-request.ts';
import { matchesWords, toSearchWords } from '../../../src/domain/search-words.ts';

/** Returns a copy of the value with this id. */
export function copyOne<T>(map: ReadonlyMap<string, T>, id: string): T | undefined {
  return structuredClone(map.get(id));
}

/** Returns copies of the values with these ids that exist, in the order of their ids, each once. */
export function copyMany<T>(map: ReadonlyMap<string, T>, ids: readonly string[]): T[] {
  return [...new Set(ids)].sort(compareText).flatMap((id) => copyOne(map, id) ?? []);
}

/** Returns a page of copies in the descending order of ids. */
export function copyPage<T extends { readonly id: string }>(
  values: Iterable<T>,
  { cursor, limit }: PageRequest,
  matches: (value: T) => boolean,
): Page<T> {
  const found = [...values]
    .filter((value) => matches(value) && (cursor === undefined || value.id < cursor))
    .sort((a, b) => compareText(b.id, a.id));
  const shown = found.slice(0, limit);
  return {
    items: structuredClone(shown),
    nextCursor: found.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** Returns a page of copies by age, newest first. */
export function copyAgePage<T extends AgePosition>(
  values: Iterable<T>,
  { after, limit, withTotal = false }: AgePageRequest,
  matches: (value: T) => boolean,
): AgePage<T> {
  const all = [...values].filter(matches);
  const found = all
    .filter((value) => after === undefined || compareAge(value, after) < 0)
    .sort((a, b) => compareAge(b, a));
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return {
    items: structuredClone(shown),
    next: last && { createdAt: last.createdAt, id: last.id },
    ...(withTotal ? { total: all.length > maxTotal ? null : all.length } : {}),
  };
}

/** Compares by age, and then by id. */
export function compareAge(a: AgePosition, b: AgePosition): number {
  return a.createdAt - b.createdAt || compareText(a.id, b.id);
}

/** Whether a search finds an object with this id and name. Undefined terms find everything. */
export function hasTerms(
  { id, name }: { readonly id: string; readonly name: string },
  terms: readonly string[] | undefined,
): boolean {
  if (terms === undefined) return true;
  return terms.length > 0 && matchesWords(toSearchWords([id, name]), terms);
}

/** Compares by code units, as MongoDB compares ids. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Adds a value whose id must be new, as a unique index requires. */
export function insertNew<T>(map: Map<string, T>, id: string, value: T): void {
  if (map.has(id)) throw new Error(`duplicate key: ${id} exists`);
  map.set(id, structuredClone(value));
}
