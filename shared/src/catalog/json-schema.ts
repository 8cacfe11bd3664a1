/** A JSON Schema, draft 2020-12. */
export type JsonSchema = boolean | JsonSchemaObject;

export interface JsonSchemaObject {
  readonly [keyword: string]: unknown;
}

/** A subschema of a JSON Schema, with the keywords that lead to it. */
export interface Subschema {
  readonly schema: JsonSchema;
  /** Empty for the schema itself. */
  readonly path: readonly string[];
}

/** Keywords whose value is one schema. */
const singleKeywords = [
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'not',
  'if',
  'then',
  'else',
] as const;

/** Keywords whose value is a list of schemas. */
const listKeywords = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;

/** Keywords whose value is an object of schemas. */
const mapKeywords = ['properties', 'patternProperties', 'dependentSchemas', '$defs'] as const;

/** Keywords that validate without containing a schema. */
const plainKeywords = [
  '$ref',
  'type',
  'const',
  'enum',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minContains',
  'maxContains',
  'minProperties',
  'maxProperties',
  'required',
  'dependentRequired',
] as const;

/** Keywords that describe a value and reject none. */
const annotationKeywords = [
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  'examples',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
] as const;

const annotations: ReadonlySet<string> = new Set(annotationKeywords);

const known: ReadonlySet<string> = new Set([
  ...singleKeywords,
  ...listKeywords,
  ...mapKeywords,
  ...plainKeywords,
  ...annotationKeywords,
]);

/** Whether a keyword describes a value without restricting it. Includes extensions (`x-...`). */
export function isAnnotation(keyword: string): boolean {
  return annotations.has(keyword) || keyword.startsWith('x-');
}

/** Whether a keyword belongs to draft 2020-12. False for the few that Tocsin does not support, such as `$anchor`. */
export function isKnownKeyword(keyword: string): boolean {
  return known.has(keyword);
}

export function isObject(value: unknown): value is JsonSchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'boolean' || isObject(value);
}

/** Returns the value of a keyword as a schema. */
export function findSchema(schema: JsonSchemaObject, keyword: string): JsonSchema | undefined {
  const value = Object.hasOwn(schema, keyword) ? schema[keyword] : undefined;
  return isSchema(value) ? value : undefined;
}

/** Returns the value of a keyword as a list of schemas. Empty if it is absent. */
export function listSchemas(schema: JsonSchemaObject, keyword: string): readonly JsonSchema[] {
  const value = schema[keyword];
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

/** Returns the value of a keyword as named schemas. Empty if it is absent. */
export function mapSchemas(
  schema: JsonSchemaObject,
  keyword: string,
): readonly (readonly [string, JsonSchema])[] {
  const value = schema[keyword];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, child]) => (isSchema(child) ? [[name, child] as const] : []));
}

/** Returns the value of a keyword as a number. */
export function findNumber(schema: JsonSchemaObject, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}

/** Returns the value of a keyword as a list of texts. A single text becomes a list of one. */
export function listTexts(schema: JsonSchemaObject, keyword: string): readonly string[] {
  const value = schema[keyword];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Returns the direct subschemas of a schema, in the order of the document. */
export function listSubschemas(schema: JsonSchema): readonly Subschema[] {
  if (!isObject(schema)) return [];
  const found: Subschema[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (isIn(singleKeywords, keyword) && isSchema(value)) found.push({ schema: value, path: [keyword] });
    if (isIn(listKeywords, keyword)) {
      for (const [index, child] of listSchemas(schema, keyword).entries())
        found.push({ schema: child, path: [keyword, String(index)] });
    }
    if (isIn(mapKeywords, keyword)) {
      for (const [name, child] of mapSchemas(schema, keyword))
        found.push({ schema: child, path: [keyword, name] });
    }
  }
  return found;
}

/** Resolves a `$ref` to a place in the same document. Returns undefined if there is no schema at that place. */
export function findReference(root: JsonSchema, ref: string): JsonSchema | undefined {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return undefined;
  let place: unknown = root;
  for (const segment of ref.slice(2).split('/')) {
    const key = toKey(segment);
    if (key === undefined || typeof place !== 'object' || place === null || !Object.hasOwn(place, key))
      return undefined;
    // `as`: the line above checks that the key exists.
    place = (place as Record<string, unknown>)[key];
  }
  return isSchema(place) ? place : undefined;
}

/** The keywords that lead to a subschema, as a JSON Pointer: `#/properties/id`. */
export function toPointer(path: readonly string[]): string {
  return ['#', ...path.map((segment) => segment.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
}

function toKey(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

function isIn(keywords: readonly string[], keyword: string): boolean {
  return keywords.includes(keyword);
}
