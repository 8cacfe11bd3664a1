/** One field of a payload, read from its JSON Schema. */
export interface SchemaField {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'number' | 'flag' | 'choice' | 'instant' | 'json';
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly minimum: number | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

/** Reads what the catalogue's schemas are made of: flat objects. Anything deeper becomes a field for JSON. */
export function fieldsOf(schema: Schema): SchemaField[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(recordOf(schema['properties'])).map(([name, value]) => {
    const { schema: inner, isNullable } = withoutNull(recordOf(value));
    const choices = Array.isArray(inner['enum'])
      ? inner['enum'].filter((each) => typeof each === 'string')
      : [];
    const minimum = typeof inner['minimum'] === 'number' ? inner['minimum'] : undefined;
    return {
      name,
      kind: kindOf(inner, choices),
      choices,
      isRequired: required.includes(name),
      isNullable,
      minimum,
    };
  });
}

function kindOf(schema: Schema, choices: readonly string[]): SchemaField['kind'] {
  if (choices.length > 0) return 'choice';
  switch (schema['type']) {
    case 'string':
      return schema['format'] === 'date-time' ? 'instant' : 'text';
    case 'integer':
      return 'integer';
    case 'number':
      return 'number';
    case 'boolean':
      return 'flag';
    default:
      return 'json';
  }
}

/** Nullable is written as `type: [x, "null"]` or as `anyOf` with a null. */
function withoutNull(schema: Schema): { schema: Schema; isNullable: boolean } {
  const { type, anyOf } = schema;
  if (Array.isArray(type) && type.includes('null')) {
    const rest: unknown[] = type.filter((each) => each !== 'null');
    return { schema: { ...schema, type: rest.length === 1 ? rest[0] : rest }, isNullable: true };
  }
  if (Array.isArray(anyOf)) {
    const rest = anyOf.map(recordOf).filter((each) => each['type'] !== 'null');
    const [only] = rest;
    if (rest.length === 1 && only !== undefined)
      return { schema: only, isNullable: rest.length < anyOf.length };
  }
  return { schema, isNullable: false };
}

function recordOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

export function parseObject(
  text: string,
): { data: Record<string, unknown> } | { data: undefined; problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { data: value as Record<string, unknown> };
    return { data: undefined, problem: 'It has to be an object: { … }' };
  } catch (error) {
    return { data: undefined, problem: error instanceof Error ? error.message : 'It is not valid JSON' };
  }
}
