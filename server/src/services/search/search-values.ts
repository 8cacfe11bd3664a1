import { sha256Text } from '../common/sha256.ts';

/** Values of one event that the search finds. More are left out. */
const maxValues = 8;

/** Characters of a value. Longer ones are left out, because a value that names a customer is short. */
const maxLength = 200;

/** Characters of a hash, of 6 bits each. No two values of an installation have the same in practice. */
const hashLength = 12;

/**
 * Returns what the search finds an event by: a short hash of each value of its searchable fields. Undefined: it has
 * none, and takes no space in the index.
 *
 * @param paths of the fields, such as `customer.email`. The items of a list are values of their own.
 */
export function toSearchValues(
  paths: readonly string[],
  data: Readonly<Record<string, unknown>>,
): readonly string[] | undefined {
  if (paths.length === 0) return undefined;
  const hashes = new Set<string>();
  for (const path of paths) {
    for (const value of listValues(data, path)) {
      const hash = toSearchValue(value);
      if (hash !== undefined) hashes.add(hash);
      if (hashes.size === maxValues) return [...hashes];
    }
  }
  return hashes.size === 0 ? undefined : [...hashes];
}

/**
 * Returns the hash of a value, the same for all spellings that differ only in case, in white space around them, or in
 * the Unicode form. Undefined: no event is found by such a value.
 */
export function toSearchValue(value: unknown): string | undefined {
  const text = toComparableText(value);
  return text === undefined ? undefined : sha256Text(text, 'base64url').slice(0, hashLength);
}

function toComparableText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || value.length > maxLength) return undefined;
  const text = value.normalize('NFKC').trim().toLowerCase();
  return text === '' ? undefined : text;
}

/** Returns which of these fields have a value. */
export function listFieldsWith(
  paths: readonly string[],
  data: Readonly<Record<string, unknown>>,
  searchValue: string,
): string[] {
  return paths.filter((path) => listValues(data, path).some((value) => toSearchValue(value) === searchValue));
}

function listValues(data: Readonly<Record<string, unknown>>, path: string): readonly unknown[] {
  // Usually the name of a field, so the hot path divides no path.
  if (Object.hasOwn(data, path)) return toItems(data[path]);
  if (!path.includes('.')) return [];
  let found: readonly unknown[] = [data];
  for (const name of path.split('.')) found = found.flatMap((value) => toField(value, name));
  return found;
}

function toField(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return toItems(Reflect.get(value, name));
}

/** The first items of a list, as more are not found. */
function toItems(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, maxValues) : [value];
}
