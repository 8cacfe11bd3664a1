/** One field of an event's data, from its JSON Schema. */
export interface SchemaField {
  readonly name: string;
  readonly kind: 'text' | 'integer' | 'number' | 'boolean' | 'enum' | 'timestamp' | 'json';
  readonly options: readonly string[];
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly minimum: number | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

/** Reads the fields of a flat object schema. Nested values become JSON fields. */
export function fieldsFromSchema(schema: Schema): SchemaField[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(toRecord(schema['properties'])).map(([name, value]) => {
    const { schema: inner, isNullable } = omitNull(toRecord(value));
    const options = Array.isArray(inner['enum'])
      ? inner['enum'].filter((option) => typeof option === 'string')
      : [];
    const minimum = typeof inner['minimum'] === 'number' ? inner['minimum'] : undefined;
    return {
      name,
      kind: toFieldKind(inner, options),
      options,
      isRequired: required.includes(name),
      isNullable,
      minimum,
    };
  });
}

function toFieldKind(schema: Schema, options: readonly string[]): SchemaField['kind'] {
  if (options.length > 0) return 'enum';
  switch (schema['type']) {
    case 'string':
      return schema['format'] === 'date-time' ? 'timestamp' : 'text';
    case 'integer':
      return 'integer';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'json';
  }
}

/** Removes null from a type. Nullable is either `type: [x, "null"]` or an `anyOf` with a null. */
function omitNull(schema: Schema): { schema: Schema; isNullable: boolean } {
  const { type, anyOf } = schema;
  if (Array.isArray(type) && type.includes('null')) {
    const rest: unknown[] = type.filter((name) => name !== 'null');
    return { schema: { ...schema, type: rest.length === 1 ? rest[0] : rest }, isNullable: true };
  }
  if (Array.isArray(anyOf)) {
    const rest = anyOf.map(toRecord).filter((option) => option['type'] !== 'null');
    const [only] = rest;
    if (rest.length === 1 && only !== undefined)
      return { schema: only, isNullable: rest.length < anyOf.length };
  }
  return { schema, isNullable: false };
}

function toRecord(value: unknown): Schema {
  // A plain object: arrays and null are excluded.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}
