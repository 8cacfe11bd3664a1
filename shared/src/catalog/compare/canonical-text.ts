import {
  findReference,
  isAnnotation,
  isObject,
  isSchema,
  listSchemas,
  listTexts,
  mapSchemas,
  type JsonSchema,
  type JsonSchemaObject,
} from '../json-schema.ts';

/** Longest canonical text. References that refer to each other twice can grow without end. */
const maxLength = 100_000;

class TooLong extends Error {}

/**
 * Returns a text that is equal for schemas that differ only in their writing: order of keys, annotations,
 * references instead of the schema itself, `type: ['x']` or `const` instead of `enum`. Returns undefined if
 * it would be too long.
 */
export function toCanonicalText(schema: JsonSchema, root: JsonSchema): string | undefined {
  let budget = maxLength;
  const write = (part: JsonSchema, parents: readonly JsonSchema[]): string => {
    if (!isObject(part)) return String(part);
    // A recursive schema: how many levels up it continues.
    const level = parents.lastIndexOf(part);
    if (level !== -1) return `^${parents.length - level}`;
    const inner = [...parents, part];
    const fields = Object.keys(part)
      .filter((keyword) => !isAnnotation(keyword) && keyword !== '$defs')
      .sort()
      .map((keyword) => writeKeyword(part, keyword, (child) => write(child, inner), root));
    budget -= fields.reduce((total, field) => total + field.length, 1);
    if (budget < 0) throw new TooLong();
    const [only] = fields;
    if (only === undefined) return 'true';
    // A reference alone is the schema that it refers to.
    if (fields.length === 1 && only.startsWith('$ref:')) return only.slice('$ref:'.length);
    return `{${fields.join(',')}}`;
  };
  try {
    return write(schema, []);
  } catch (error) {
    if (error instanceof TooLong) return undefined;
    throw error;
  }
}

function writeKeyword(
  schema: JsonSchemaObject,
  keyword: string,
  write: (child: JsonSchema) => string,
  root: JsonSchema,
): string {
  const value = schema[keyword];
  switch (keyword) {
    case '$ref': {
      const target = typeof value === 'string' ? findReference(root, value) : undefined;
      return `$ref:${target === undefined ? toJsonText(value) : write(target)}`;
    }
    case 'type':
      return `type:${[...listTexts(schema, keyword)].sort().join('|')}`;
    case 'required':
      return `required:${toJsonText([...listTexts(schema, keyword)].sort())}`;
    case 'const':
      return `enum:[${toJsonText(value)}]`;
    case 'enum':
      return `enum:[${Array.isArray(value) ? value.map(toJsonText).sort().join(',') : ''}]`;
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return `${keyword}:[${listSchemas(schema, keyword).map(write).sort().join(',')}]`;
    case 'prefixItems':
      return `${keyword}:[${listSchemas(schema, keyword).map(write).join(',')}]`;
    case 'properties':
    case 'patternProperties':
    case 'dependentSchemas': {
      const entries = mapSchemas(schema, keyword).map(
        ([name, child]) => `${toJsonText(name)}:${write(child)}`,
      );
      return `${keyword}:{${entries.sort().join(',')}}`;
    }
    default:
      return `${keyword}:${isSchema(value) ? write(value) : toJsonText(value)}`;
  }
}

/** JSON with sorted keys, so that equal values have equal texts. */
export function toJsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toJsonText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${toJsonText(value[key])}`);
  return `{${fields.join(',')}}`;
}
