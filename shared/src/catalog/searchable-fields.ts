import { maxSearchableFields } from './event-definition.ts';
import { findSchema, isObject, mapSchemas, type JsonSchema, type JsonSchemaObject } from './json-schema.ts';

/** Marks a field in a JSON Schema: the search finds events by its values. */
export const searchableKeyword = 'x-searchable';

/** Objects inside of objects that are looked through for marked fields. */
const maxDepth = 5;

/**
 * Returns the paths of the fields that a JSON Schema marks as searchable, such as `customer.email`. The items of a
 * list have the path of the list. References are not followed.
 */
export function listSearchableFields(schema: JsonSchema): readonly string[] {
  return [...new Set(listMarked(schema, [], maxDepth))].slice(0, maxSearchableFields);
}

function listMarked(schema: JsonSchema, path: readonly string[], depth: number): readonly string[] {
  if (!isObject(schema)) return [];
  const own = path.length > 0 && schema[searchableKeyword] === true ? [path.join('.')] : [];
  if (depth === 0) return own;
  const items = findSchema(schema, 'items');
  return [
    ...own,
    ...mapSchemas(schema, 'properties').flatMap(([name, field]) =>
      listMarked(field, [...path, name], depth - 1),
    ),
    ...(items === undefined ? [] : listMarked(items, path, depth - 1)),
  ];
}

/** Returns a JSON Schema with a mark at each of these fields. Fields that it does not describe stay unmarked. */
export function markSearchable(schema: JsonSchemaObject, paths: readonly string[]): JsonSchemaObject {
  return paths.reduce((marked, path) => markField(marked, path.split('.')), schema);
}

function markField(schema: JsonSchemaObject, [name = '', ...rest]: readonly string[]): JsonSchemaObject {
  const items = findSchema(schema, 'items');
  if (items !== undefined && isObject(items)) {
    return { ...schema, items: markField(items, [name, ...rest]) };
  }
  const properties = schema['properties'];
  const field = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!isObject(properties) || !isObject(field)) return schema;
  const marked = rest.length === 0 ? { ...field, [searchableKeyword]: true } : markField(field, rest);
  return { ...schema, properties: { ...properties, [name]: marked } };
}
