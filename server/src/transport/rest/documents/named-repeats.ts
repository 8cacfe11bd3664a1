import { toSchemaPlace } from './event-docs.ts';
import { isObject, type JsonObject } from './json-object.ts';

/**
 * Moves objects that several schemas contain to schemas of their own, named after the field that has them. Code
 * generators make a type for each object, so repeated ones would become types that do not fit each other.
 */
export function withNamedRepeats(schemas: JsonObject): JsonObject {
  const counts = new Map<string, number>();
  for (const schema of Object.values(schemas)) countObjects(schema, counts);
  const named = new Map(Object.entries(schemas));
  const names = new Map<string, string>();

  const toInner = (value: unknown, field: string): unknown => {
    if (Array.isArray(value)) return value.map((item: unknown) => toInner(item, field));
    if (!isObject(value)) return value;
    if (!isObjectSchema(value)) return toFields(value, field);
    const text = JSON.stringify(value);
    if ((counts.get(text) ?? 0) < 2) return toFields(value, field);
    const known = names.get(text);
    if (known !== undefined) return { $ref: toSchemaPlace(known) };
    const name = toFreeName(toTypeName(field), named);
    names.set(text, name);
    // Reserves the name before schemas inside of it get theirs.
    named.set(name, value);
    named.set(name, toFields(value, field));
    return { $ref: toSchemaPlace(name) };
  };
  const toFields = (value: JsonObject, field: string): JsonObject =>
    Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === 'properties' && isObject(inner)
          ? Object.fromEntries(Object.entries(inner).map(([name, schema]) => [name, toInner(schema, name)]))
          : toInner(inner, field),
      ]),
    );

  for (const [name, schema] of Object.entries(schemas)) {
    if (isObject(schema)) named.set(name, toFields(schema, name));
  }
  return Object.fromEntries(named);
}

/** Counts the objects inside of a schema, by their text. */
function countObjects(schema: unknown, counts: Map<string, number>): void {
  if (!Array.isArray(schema) && !isObject(schema)) return;
  for (const inner of Object.values(schema)) {
    if (isObject(inner) && isObjectSchema(inner)) {
      const text = JSON.stringify(inner);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    countObjects(inner, counts);
  }
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  return type === 'object' && isObject(properties);
}

/** `fields` becomes `Field`. */
function toTypeName(field: string): string {
  const one = field.endsWith('s') ? field.slice(0, -1) : field;
  return one.charAt(0).toUpperCase() + one.slice(1);
}

/** What has the name already is the form that responses have, so the other one is an input. */
function toFreeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  if (!taken.has(name)) return name;
  let free = `${name}Input`;
  for (let number = 2; taken.has(free); number++) free = `${name}Input_${number}`;
  return free;
}
