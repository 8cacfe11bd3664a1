import type * as z from 'zod';

/** How the text of a query parameter is read. */
interface Parameter {
  readonly kind: 'text' | 'number' | 'boolean';
  /** Repeat the parameter for several values. */
  readonly isList: boolean;
  /** The text `null` is null, unless it is a valid text of the field. */
  readonly hasNull: boolean;
}

type Definition = Readonly<Record<string, unknown>>;

/** Returns a function that converts the texts of a query to the types that an input has. */
export function createQueryReader(fields: Readonly<Record<string, z.core.$ZodType>>) {
  const parameters = new Map(Object.entries(fields).map(([name, field]) => [name, toParameter(field)]));
  return function readQuery(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(query).map(([name, value]) => {
        const parameter = parameters.get(name);
        return [name, parameter === undefined ? value : toValue(value, parameter)];
      }),
    );
  };
}

/** A value that is not of the type is passed on as it is, so that the schema rejects it. */
function toValue(value: unknown, parameter: Parameter): unknown {
  if (parameter.isList)
    return (Array.isArray(value) ? value : [value]).map((item) => toItem(item, parameter));
  return Array.isArray(value) ? value : toItem(value, parameter);
}

/** JSON's form of a number, without an exponent. */
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

function toItem(value: unknown, { kind, hasNull }: Parameter): unknown {
  if (typeof value !== 'string') return value;
  if (hasNull && value === 'null') return null;
  switch (kind) {
    case 'number':
      // NaN, because a schema that converts texts would accept more of them.
      return number.test(value) ? Number(value) : Number.NaN;
    case 'boolean':
      return value === 'true' || value === 'false' ? value === 'true' : value;
    case 'text':
      return value;
  }
}

function toParameter(schema: z.core.$ZodType): Parameter {
  let isNullable = false;
  let inner: unknown = schema;
  for (let def = toDefinition(inner); def['innerType'] !== undefined; def = toDefinition(inner)) {
    isNullable ||= def['type'] === 'nullable';
    inner = def['innerType'];
  }
  const def = toDefinition(inner);
  const isList = def['type'] === 'array';
  const item = isList ? def['element'] : inner;
  const hasNull = isNullable && !accepts(inner, 'null');
  return { kind: toKind(item), isList, hasNull };
}

function toKind(schema: unknown): Parameter['kind'] {
  const { type, values, options } = toDefinition(schema);
  if (type === 'number' || type === 'boolean') return type;
  if (type === 'literal' && Array.isArray(values)) {
    return values.every((value) => typeof value === 'number') ? 'number' : 'text';
  }
  if (type === 'union' && Array.isArray(options)) {
    return options.every((option) => toKind(option) === 'number') ? 'number' : 'text';
  }
  return 'text';
}

function accepts(schema: unknown, value: string): boolean {
  // `as`: the schemas of an object are those of zod.
  return (schema as z.ZodType).safeParse(value).success;
}

function toDefinition(schema: unknown): Definition {
  // `as`: zod documents `_zod.def` for libraries; its fields depend on the type of the schema.
  return (schema as z.core.$ZodType)._zod.def as unknown as Definition;
}
