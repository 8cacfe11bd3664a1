import { UsageError } from '../command.ts';

/** A change of `data` by a dotted path. */
export interface DataChange {
  /** Such as `user.name` or `items.0.price`. A dot of a name is written `\.`. */
  readonly path: string;
  /** Undefined: the field is removed. */
  readonly value: unknown;
}

type Container = Record<string, unknown> | unknown[];

/** The same as the limit of the server. */
const maxDepth = 60;

/**
 * Returns a copy of `data` with changes, in their order. Missing objects on the way are created.
 *
 * @throws UsageError if a path leads through something other than an object or a list
 */
export function applyChanges(
  data: Readonly<Record<string, unknown>>,
  changes: readonly DataChange[],
): Record<string, unknown> {
  const changed = structuredClone(data) as Record<string, unknown>;
  for (const change of changes) applyChange(changed, change);
  return changed;
}

/** Returns the value at a path. Undefined if there is none. */
export function findValue(data: unknown, path: string): unknown {
  return toNames(path).reduce<unknown>(
    (value, name) => (isContainer(value) && Object.hasOwn(value, name) ? getItem(value, name) : undefined),
    data,
  );
}

/** Splits a path at its dots. */
export function toNames(path: string): readonly string[] {
  const names = path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
  if (names.some((name) => name === '') || names.length > maxDepth) {
    throw new UsageError(`--set: ${JSON.stringify(path)} is not a path; write user.name or items.0.price`);
  }
  return names;
}

function applyChange(data: Record<string, unknown>, { path, value }: DataChange): void {
  const names = toNames(path);
  let place: Container = data;
  for (const [index, name] of names.slice(0, -1).entries()) {
    const inner: unknown = Object.hasOwn(place, name) ? getItem(place, name) : undefined;
    if (inner === undefined && value === undefined) return;
    if (inner !== undefined && inner !== null && !isContainer(inner)) {
      const where = names.slice(0, index + 1).join('.');
      throw new UsageError(`--set: ${path} leads through ${where}, which is a ${typeof inner}`);
    }
    const next: Container = inner ?? {};
    setItem(place, name, next, path);
    place = next;
  }
  const last = names.at(-1) ?? '';
  if (value !== undefined) setItem(place, last, value, path);
  else if (Array.isArray(place)) place.splice(toIndex(place, last, path), 1);
  else Reflect.deleteProperty(place, last);
}

function setItem(place: Container, name: string, value: unknown, path: string): void {
  if (Array.isArray(place)) place[toIndex(place, name, path)] = value;
  // Not by assignment, because that would run the setter of `__proto__`.
  else Object.defineProperty(place, name, { value, writable: true, enumerable: true, configurable: true });
}

function getItem(place: Container, name: string): unknown {
  return Reflect.get(place, name) as unknown;
}

/** An index of a list, or the next one, which appends. */
function toIndex(list: readonly unknown[], name: string, path: string): number {
  const index = /^\d{1,6}$/.test(name) ? Number(name) : Number.NaN;
  if (index <= list.length) return index;
  throw new UsageError(`--set: ${path} needs an index from 0 to ${list.length} instead of ${name}`);
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
