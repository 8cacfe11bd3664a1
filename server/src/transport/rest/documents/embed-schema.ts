import { isObject } from './json-object.ts';

/** Keywords whose value is data, in which `$ref` is no reference. */
const dataKeywords: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'example', 'examples']);

/** Keywords whose value has schemas by names. A name can be that of a keyword. */
const mapKeywords: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
]);

/**
 * Returns a JSON Schema as a part of a larger document: references to places in the schema start at `place`,
 * such as `#/components/schemas/InvoicePaidData`. `$schema` and `$id` are left out.
 */
export function embedSchema(schema: object, place: string): Record<string, unknown> {
  const { $schema: _schema, $id: _id, ...rest } = embed(schema, place);
  return rest;
}

function embed(schema: object, place: string): Record<string, unknown> {
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    if (keyword === '$ref' && typeof value === 'string') return [keyword, toReference(value, place)];
    if (dataKeywords.has(keyword)) return [keyword, value];
    if (!mapKeywords.has(keyword) || !isObject(value)) return [keyword, embedValue(value, place)];
    const named = Object.entries(value).map(([name, child]) => [name, embedValue(child, place)] as const);
    return [keyword, Object.fromEntries(named)];
  });
  return Object.fromEntries(entries);
}

function embedValue(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => embedValue(item, place));
  return isObject(value) ? embed(value, place) : value;
}

function toReference(ref: string, place: string): string {
  return ref.startsWith('#') ? `${place}${ref.slice(1)}` : ref;
}
