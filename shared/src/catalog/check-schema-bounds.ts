import {
  findNumber,
  findReference,
  isObject,
  listSubschemas,
  mapSchemas,
  toPointer,
  type JsonSchema,
  type JsonSchemaObject,
} from './json-schema.ts';
import { listCostProblems } from './schema-cost.ts';
import type { SchemaProblem } from './schema-problem.ts';

/** Limits of a JSON Schema that an event type can have. They keep compilation and validation fast. */
export const schemaLimits = {
  /** Size as JSON text, in bytes. */
  bytes: 65_536,
  /** Levels of schemas inside of schemas. */
  depth: 32,
  /** Fields of all objects together. */
  fields: 500,
  /** Schemas inside of the schema. */
  subschemas: 4_000,
  /** Largest `maxItems` of a list with `uniqueItems`. Comparing the items takes quadratic time. */
  uniqueItems: 1_000,
  /** Problems that are reported. */
  problems: 20,
} as const;

/** Levels of plain JSON, such as lists in an example. */
const maxNesting = 100;

const draft = 'https://json-schema.org/draft/2020-12/schema';

/** Keywords that are not accepted, and what to use instead. */
const refused: ReadonlyMap<string, string> = new Map([
  ['$dynamicRef', 'use $ref to a place in $defs'],
  ['$dynamicAnchor', 'use $ref to a place in $defs'],
  ['$recursiveRef', 'use $ref to a place in $defs'],
  ['$recursiveAnchor', 'use $ref to a place in $defs'],
  ['$anchor', 'use $ref to a place in $defs'],
  ['$vocabulary', 'remove it'],
  ['id', 'remove it'],
  ['definitions', 'draft 2020-12 has $defs'],
  ['dependencies', 'draft 2020-12 has dependentRequired and dependentSchemas'],
  ['additionalItems', 'draft 2020-12 has prefixItems and items'],
  ['nullable', 'draft 2020-12 has type: [..., "null"]'],
]);

/**
 * Checks a JSON Schema before anything compiles it: size, depth, number of fields, references, keywords of
 * other drafts, and constructs that take exponential or quadratic time. Returns the problems, at most 20. Takes
 * any value, and takes linear time.
 *
 * Does not check that the schema is valid otherwise, nor that its patterns compile.
 *
 * @example
 * checkSchemaBounds({ type: 'object', properties: { a: { $ref: 'https://example.com/a.json' } } });
 * // [{ path: '#/properties/a', message: '$ref is "https://example.com/a.json"; it must refer ...' }]
 */
export function checkSchemaBounds(schema: unknown): readonly SchemaProblem[] {
  if (!isObject(schema)) {
    return [{ path: '#', message: `a schema must be an object with keywords, such as { "type": "object" }` }];
  }
  const size = checkSize(schema);
  if (size !== undefined) return [size];
  const walk = walkBounded(schema);
  if (walk.problem !== undefined) return [walk.problem];
  const places = new Set<JsonSchema>(walk.found.map(({ schema: place }) => place));
  const problems = walk.found.flatMap(({ schema: part, path }) =>
    isObject(part) ? checkKeywords(part, { path, root: schema, places }) : [],
  );
  const all = [...checkFields(walk.found), ...problems];
  // References have to be right before their cost can be computed.
  return (all.length > 0 ? all : listCostProblems(schema, walk.found)).slice(0, schemaLimits.problems);
}

interface Place {
  readonly schema: JsonSchema;
  readonly path: readonly string[];
}

/** Finds values that nest too deeply without recursion, which could overflow the stack, then the size. */
function checkSize(schema: JsonSchemaObject): SchemaProblem | undefined {
  let level: readonly unknown[] = [schema];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxNesting) return { path: '#', message: `nests more than ${maxNesting} levels of JSON` };
    level = level.flatMap((value): readonly unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  const bytes = new TextEncoder().encode(JSON.stringify(schema)).length;
  if (bytes <= schemaLimits.bytes) return undefined;
  return { path: '#', message: `has ${bytes} bytes of JSON; the limit is ${schemaLimits.bytes}` };
}

function walkBounded(root: JsonSchema): {
  readonly found: readonly Place[];
  readonly problem?: SchemaProblem;
} {
  const found: Place[] = [];
  let level: readonly Place[] = [{ schema: root, path: [] }];
  for (let depth = 0; level.length > 0; depth += 1) {
    const [first] = level;
    if (depth > schemaLimits.depth && first !== undefined) {
      const message = `is nested in more than ${schemaLimits.depth} schemas; the limit is ${schemaLimits.depth}`;
      return { found, problem: { path: toPointer(first.path), message } };
    }
    found.push(...level);
    if (found.length > schemaLimits.subschemas) {
      const message = `contains more than ${schemaLimits.subschemas} schemas; the limit is ${schemaLimits.subschemas}`;
      return { found, problem: { path: '#', message } };
    }
    level = level.flatMap(({ schema, path }) =>
      listSubschemas(schema).map((child) => ({ schema: child.schema, path: [...path, ...child.path] })),
    );
  }
  return { found };
}

function checkFields(places: readonly Place[]): readonly SchemaProblem[] {
  const count = places.reduce(
    (total, { schema }) =>
      isObject(schema)
        ? total + mapSchemas(schema, 'properties').length + mapSchemas(schema, 'patternProperties').length
        : total,
    0,
  );
  if (count <= schemaLimits.fields) return [];
  return [{ path: '#', message: `declares ${count} fields; the limit is ${schemaLimits.fields}` }];
}

interface Document {
  readonly path: readonly string[];
  readonly root: JsonSchema;
  /** All schemas of the document, which a `$ref` can refer to. */
  readonly places: ReadonlySet<JsonSchema>;
}

function checkKeywords(schema: JsonSchemaObject, { path, root, places }: Document): readonly SchemaProblem[] {
  const isRoot = path.length === 0;
  const messages: string[] = [];
  for (const keyword of Object.keys(schema)) {
    const remedy = refused.get(keyword);
    if (remedy !== undefined) messages.push(`${keyword} is not supported: ${remedy}`);
  }
  if (!isRoot && schema['$id'] !== undefined) messages.push('$id is only accepted at the root');
  if (schema['$schema'] !== undefined && toDraft(schema['$schema']) !== draft) {
    messages.push(`$schema is ${quote(schema['$schema'])}; only ${draft} is supported`);
  }
  if (Array.isArray(schema['items']))
    messages.push('items is a list; draft 2020-12 has prefixItems for that');
  for (const keyword of ['exclusiveMinimum', 'exclusiveMaximum']) {
    if (typeof schema[keyword] === 'boolean') messages.push(`${keyword} is a boolean; it must be a number`);
  }
  messages.push(...checkReference(schema, root, places), ...checkUniqueItems(schema));
  return messages.map((message) => ({ path: toPointer(path), message }));
}

function checkReference(
  schema: JsonSchemaObject,
  root: JsonSchema,
  places: ReadonlySet<JsonSchema>,
): readonly string[] {
  const ref = schema['$ref'];
  if (ref === undefined) return [];
  const expected = 'it must refer to a schema in the same document, such as "#/$defs/address"';
  const target = typeof ref === 'string' ? findReference(root, ref) : undefined;
  return target !== undefined && (typeof target === 'boolean' || places.has(target))
    ? []
    : [`$ref is ${quote(ref)}; ${expected}`];
}

function checkUniqueItems(schema: JsonSchemaObject): readonly string[] {
  if (schema['uniqueItems'] !== true) return [];
  const max = findNumber(schema, 'maxItems');
  if (max !== undefined && max <= schemaLimits.uniqueItems) return [];
  const found = max === undefined ? 'has no maxItems' : `has maxItems ${max}`;
  return [`uniqueItems ${found}; it needs a maxItems of at most ${schemaLimits.uniqueItems}`];
}

function toDraft(value: unknown): unknown {
  return typeof value === 'string' && value.endsWith('#') ? value.slice(0, -1) : value;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
