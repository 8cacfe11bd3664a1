import {
  findSchema,
  isJsonObject,
  listSchemas,
  listTexts,
  mapSchemas,
  type JsonSchema,
  type JsonSchemaObject,
} from '@tocsin/shared';
import { findOnlyOption, listNotes } from './field-notes.ts';
import { isNullSchema, listOptions, toTypeParts, type TypePart } from './type-parts.ts';

/** A line of a field table. */
export interface SchemaRow {
  /** Unique in its table. */
  readonly key: string;
  readonly name: string;
  /** A field of the data, or `label`: the name describes a part of the schema, such as `option 1`. */
  readonly kind: 'required' | 'optional' | 'label';
  /** Levels of objects around it. */
  readonly depth: number;
  readonly type: readonly TypePart[];
  readonly notes: readonly string[];
  readonly description: string | undefined;
}

/** The table of an event's data, or of a definition that it refers to. */
export interface SchemaTable {
  /** Undefined for the data itself. */
  readonly definition: string | undefined;
  readonly rows: readonly SchemaRow[];
  /** What applies to the object as a whole. */
  readonly notes: readonly string[];
}

/**
 * The fields of a JSON Schema as tables: one of the data, and one for each definition, because definitions can refer
 * to each other and to themselves. Takes linear time.
 */
export function tablesFromSchema(schema: JsonSchemaObject): readonly SchemaTable[] {
  return [
    toTable(undefined, schema),
    ...mapSchemas(schema, '$defs').map(([name, definition]) => toTable(name, definition)),
  ];
}

function toTable(definition: string | undefined, schema: JsonSchema): SchemaTable {
  const rows = listRows(schema, { path: '', depth: 0 });
  if (rows.length > 0) return { definition, rows, notes: listNotes(schema) };
  return { definition, rows: [toRow('value', schema, { path: 'value', depth: 0 }, 'label')], notes: [] };
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

/** The rows of what is inside of a schema, without one for the schema itself. */
function listRows(schema: JsonSchema, place: Place): readonly SchemaRow[] {
  if (!isJsonObject(schema)) return [];
  const required = new Set(listTexts(schema, 'required'));
  const items = findSchema(schema, 'items');
  const other = findSchema(schema, 'additionalProperties');
  return [
    ...mapSchemas(schema, 'properties').flatMap(([name, field]) =>
      withInner(name, field, inside(place, `.${name}`), required.has(name) ? 'required' : 'optional'),
    ),
    ...mapSchemas(schema, 'patternProperties').flatMap(([pattern, field]) =>
      withInner(`names like ${pattern}`, field, inside(place, `~${pattern}`), 'label'),
    ),
    ...(isJsonObject(other) ? withInner('other fields', other, inside(place, '.*'), 'label') : []),
    ...listSchemas(schema, 'prefixItems').flatMap((item, index) =>
      withInner(`item ${index + 1}`, item, inside(place, `[${index}]`), 'label'),
    ),
    ...(items === undefined ? [] : listRows(items, { ...place, path: `${place.path}[]` })),
    ...listSchemas(schema, 'allOf').flatMap((part, index) =>
      listRows(part, { ...place, path: `${place.path}&${index}` }),
    ),
    ...listOptionRows(schema, place),
  ];
}

/** No rows for alternatives without fields, because the type names them. */
function listOptionRows(schema: JsonSchemaObject, place: Place): readonly SchemaRow[] {
  const only = findOnlyOption(schema);
  if (only !== undefined) return listRows(only, { ...place, path: `${place.path}?` });
  const options = listOptions(schema).filter((option) => !isNullSchema(option));
  const rows = options.map((option, index) =>
    withInner(`option ${index + 1}`, option, inside(place, `?${index}`), 'label'),
  );
  return rows.every(({ length }) => length === 1) ? [] : rows.flat();
}

function withInner(
  name: string,
  schema: JsonSchema,
  place: Place,
  kind: SchemaRow['kind'],
): readonly SchemaRow[] {
  return [toRow(name, schema, { ...place, depth: place.depth - 1 }, kind), ...listRows(schema, place)];
}

function toRow(name: string, schema: JsonSchema, { path, depth }: Place, kind: SchemaRow['kind']): SchemaRow {
  return {
    key: path,
    name,
    kind,
    depth,
    type: toTypeParts(schema),
    notes: listNotes(schema),
    description: isJsonObject(schema) ? findDescription(schema) : undefined,
  };
}

function findDescription(schema: JsonSchemaObject): string | undefined {
  const { description } = schema;
  if (typeof description === 'string' && description !== '') return description;
  const only = findOnlyOption(schema);
  return isJsonObject(only) ? findDescription(only) : undefined;
}

function inside({ path, depth }: Place, segment: string): Place {
  return { path: `${path}${segment}`, depth: depth + 1 };
}
