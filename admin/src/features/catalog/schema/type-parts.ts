import { isJsonObject, listSchemas, type JsonSchema, type JsonSchemaObject } from '@tocsin/shared';

/** A piece of a type's text: plain words, or the name of a definition that has its own table. */
export type TypePart = string | { readonly definition: string };

/** Values of an enum that are named. */
const maxValues = 12;

const formatLabels: Readonly<Record<string, string>> = {
  'date-time': 'timestamp (ISO 8601)',
  date: 'date',
  time: 'time',
  email: 'email address',
  uri: 'URL',
  uuid: 'UUID',
};

/** What values a schema accepts, in words: `list of address or null`. */
export function toTypeParts(schema: JsonSchema): readonly TypePart[] {
  if (!isJsonObject(schema)) return [schema ? 'any value' : 'never'];
  const { $ref, type } = schema;
  if (typeof $ref === 'string') return [toReferencePart($ref)];
  if (Object.hasOwn(schema, 'const')) return [JSON.stringify(schema['const'])];
  if (Array.isArray(schema['enum'])) return [toValuesText(schema['enum'])];
  const options = listOptions(schema);
  if (options.length > 0) return joinParts(options.map(toTypeParts), ' or ');
  if (type === 'array') return toListParts(schema);
  if (typeof type === 'string') return [toSimpleText(schema, type)];
  if (Array.isArray(type)) {
    return joinParts(
      type.map((name) => toTypeParts({ ...schema, type: name })),
      ' or ',
    );
  }
  const [first] = listSchemas(schema, 'allOf');
  if (first !== undefined) return toTypeParts(first);
  return [isJsonObject(schema['properties']) ? 'object' : 'any value'];
}

/** The alternatives of a schema. */
export function listOptions(schema: JsonSchemaObject): readonly JsonSchema[] {
  return [...listSchemas(schema, 'anyOf'), ...listSchemas(schema, 'oneOf')];
}

export function isNullSchema(schema: JsonSchema): boolean {
  return isJsonObject(schema) && (schema['type'] === 'null' || schema['const'] === null);
}

/** The name of the definition that a `$ref` refers to. Undefined for other places of the schema. */
function findDefinitionName(ref: string): string | undefined {
  const match = /^#\/\$defs\/([^/]+)$/.exec(ref);
  if (match?.[1] === undefined) return undefined;
  try {
    return decodeURIComponent(match[1]).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return match[1];
  }
}

function toReferencePart(ref: string): TypePart {
  if (ref === '#') return 'the same as the whole event';
  const definition = findDefinitionName(ref);
  return definition === undefined ? `the same as ${ref}` : { definition };
}

function toListParts(schema: JsonSchemaObject): readonly TypePart[] {
  const items = schema['items'];
  if (Array.isArray(schema['prefixItems'])) return ['list'];
  if (!isJsonObject(items)) return ['list'];
  const parts = toTypeParts(items);
  return listOptions(items).length > 1 ? ['list of (', ...parts, ')'] : ['list of ', ...parts];
}

function toSimpleText(schema: JsonSchemaObject, type: string): string {
  const format = schema['format'];
  if (type !== 'string' || typeof format !== 'string') return type;
  return formatLabels[format] ?? `string (${format})`;
}

function toValuesText(values: readonly unknown[]): string {
  const texts = values.slice(0, maxValues).map((value) => JSON.stringify(value));
  const more = values.length - texts.length;
  return more > 0 ? `${texts.join(', ')} and ${more} more` : texts.join(' or ');
}

/** Leaves out repetitions, such as the second of two objects. */
function joinParts(all: readonly (readonly TypePart[])[], separator: string): readonly TypePart[] {
  const seen = new Set<string>();
  return all
    .filter((parts) => {
      const key = JSON.stringify(parts);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .flatMap((parts, index) => (index === 0 ? parts : [separator, ...parts]));
}
